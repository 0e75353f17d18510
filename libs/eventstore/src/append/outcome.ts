/** Why an append was not recorded. Where several hold, the first here is the answer: what is final comes before what another reading could change. */
export const losses = ['revoked', 'expired', 'stale', 'reserved'] as const;

export type Loss = (typeof losses)[number];

export const strongestLoss = (found: readonly Loss[]): Loss | undefined => losses.find((loss) => found.includes(loss));
