type Variables = Readonly<Record<string, string | undefined>>;

// What is measured is configured as a stranger would find it: nothing of Chancery's own that this shell happens to set.
// oxlint-disable-next-line node/no-process-env
const own: Variables = process.env;

/** The environment of a contestant: this process's, without Chancery's settings, and with these. */
export const environmentWith = (settings: Variables): Record<string, string | undefined> => ({
  ...Object.fromEntries(Object.entries(own).filter(([name]) => !name.startsWith('CHANCERY_'))),
  NODE_ENV: 'production',
  ...settings,
});

/** Folders that programs are looked for in. */
export const searchPath = (): readonly string[] => (own['PATH'] ?? '').split(':').filter((folder) => folder !== '');
