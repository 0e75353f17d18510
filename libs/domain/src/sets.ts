/** What both allow, in the order of the first. */
export const both = (left: readonly string[], right: readonly string[]): readonly string[] => left.filter((value) => right.includes(value));

export const within = (part: readonly string[], whole: readonly string[]): boolean => part.every((value) => whole.includes(value));
