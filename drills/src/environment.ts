type Variables = Readonly<Record<string, string | undefined>>;

// oxlint-disable-next-line node/no-process-env -- what is drilled is configured by its drill alone, whatever this shell happens to set
const own: Variables = process.env;

/** For a child: this process's environment without Chancery's settings, and with these. */
export const environmentWith = (settings: Variables): Record<string, string | undefined> => ({
  ...Object.fromEntries(Object.keys(own).flatMap((name) => (name.startsWith('CHANCERY_') ? [[name, undefined]] : []))),
  ...settings,
});

/** What a preloaded module of ours was told. */
export const told = (name: string): string | undefined => own[name];
