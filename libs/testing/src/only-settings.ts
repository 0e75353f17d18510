type Variables = Readonly<Record<string, string | undefined>>;

/** For a child's environment: these settings of Chancery, and none of those that the spec's own environment has. */
export const onlySettings = (settings: Variables): Record<string, string | undefined> => ({
  ...Object.fromEntries(Object.keys(process.env).flatMap((name) => (name.startsWith('CHANCERY_') ? [[name, undefined]] : []))),
  ...settings,
});
