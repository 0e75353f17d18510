type Variables = Readonly<Record<string, string | undefined>>;

// oxlint-disable-next-line node/no-process-env -- what is drilled is configured by its drill alone, whatever this shell happens to set
const own: Variables = process.env;

/** What a preloaded module of ours was told. */
export const told = (name: string): string | undefined => own[name];
