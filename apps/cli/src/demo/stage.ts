import type { AdminApi } from '../admin.js';

/** Where the story plays: one Chancery, its operator, and how long to believe in what has not happened yet. */
export interface Stage {
  readonly issuer: string;
  readonly operator: AdminApi;
  readonly patience: Patience;
}

/** In milliseconds. */
export interface Patience {
  /** The log follows the bus, so an entry comes a moment after its cause was answered. */
  readonly log: number;
  /** The longest a gateway may go without hearing of a revocation. */
  readonly revocation: number;
}

export const defaultPatience: Patience = { log: 10_000, revocation: 5_000 };
