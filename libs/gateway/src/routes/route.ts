import type { ServiceName, Target } from '@chancery/platform';
import type { ProofWindow } from '@chancery/oauth';

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
