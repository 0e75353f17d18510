/** What the command line takes from the environment: the folder of a Chancery on this machine, and taste. */
export interface Environment {
  /** `CHANCERY_DATA`; undefined means `.chancery` in the current folder. */
  readonly dataDir: string | undefined;
  /** https://no-color.org: set and not empty. */
  readonly noColor: boolean;
}

type Variables = Readonly<Record<string, string | undefined>>;

// The services' configuration lives in their platform, which the command line does not load: this is its own.
// oxlint-disable-next-line node/no-process-env
export const variables: Variables = process.env;

export const readEnvironment = (given: Variables): Environment => ({
  dataDir: given['CHANCERY_DATA'] || undefined,
  noColor: Boolean(given['NO_COLOR']),
});

/** The environment without Chancery's own settings: what a server of one's own beside a configured one must not inherit. */
export const withoutSettings = (given: Variables): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(given).filter(([name]) => !name.startsWith('CHANCERY_')));
