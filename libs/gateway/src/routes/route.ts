import type { ServiceName, Target } from '@chancery/platform';
import type { ProofWindow } from '@chancery/oauth';
import type { Unrecorded } from '../spool/spool.js';

/** One thing that can be done at a resource. What no operation declares is refused. */
export interface Operation {
  readonly method: string;
  /** Below the route's prefix; a segment in braces stands for any one segment. */
  readonly path: string;
  /** All of them are needed. */
  readonly scope: readonly string[];
  /** Another upstream than the route's. */
  readonly upstream?: Upstream;
}

/** Where a call goes that was let through. A service of ours learns by a signed header on whose behalf; it is asked for by name. */
export type Upstream = { readonly service: ServiceName } | { readonly target: Target };

/** What the gateway protects, as data: one protected resource, everything below one prefix. */
export interface Route {
  /** The registered identifier, as in `aud`. */
  readonly resource: string;
  readonly name: string;
  /** Normalised path without a trailing slash. */
  readonly prefix: string;
  readonly operations: readonly Operation[];
  /** Takes bearer tokens besides DPoP-bound ones. */
  readonly bearer: boolean;
  readonly proofWindow: ProofWindow;
  /**
   * A proof used at any replica is used at all of them: each costs a reservation in the store, asked of the token service (ADR 0020). Absent: a
   * gateway remembers those that it let through itself.
   */
  readonly replay?: 'everywhere';
  /** What becomes of a call while the bus is away; without a spool it is denied whatever this says (ADR 0019). */
  readonly unrecorded: Unrecorded;
  /** Seconds: complete only through an older T than this, and the route denies. */
  readonly stalenessBudget: number;
  /** Seconds: the same while the feed answers and says that the store itself is away. 0 forbids. */
  readonly storeAwayBudget: number;
  readonly upstream: Upstream;
}

/** Seconds. */
export interface Budgets {
  readonly stalenessBudget: number;
  readonly storeAwayBudget: number;
}

/** Every scope any operation of a route needs, each once, in the order they are declared. */
export const scopesOf = (route: Route): readonly string[] => [...new Set(route.operations.flatMap(({ scope }) => scope))];

/** Seconds after which a gateway that hears nothing any more denies at every one of these routes. Whole: more rather than less. */
export const longestBudget = (routes: readonly Budgets[]): number =>
  Math.ceil(Math.max(0, ...routes.flatMap(({ stalenessBudget, storeAwayBudget }) => [stalenessBudget, storeAwayBudget])));
