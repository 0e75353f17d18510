import { microsecondsOf } from '../instant.js';
import type { GatewayList, ListedGateway } from './gateway-list.js';

/** What was revoked, as the API answered it. */
export interface Revocation {
  /** RFC 3339. */
  readonly at?: string;
  /** Of the event. */
  readonly position?: string;
}

/** How far a revocation is. */
export interface Standing {
  readonly inForce: number;
  readonly of: number;
  /** Milliseconds it took until the last one had it, by the database's clock; undefined until then. */
  readonly afterMs: number | undefined;
  /** By when the others deny everything, in microseconds; undefined where there are none, or one does not say. Those not heard just now count where no other is. */
  readonly denyBy: number | undefined;
  /** Names of those it is not known to be in force at. */
  readonly missing: readonly string[];
  /** Seconds: the longest any of them may go on without hearing; undefined where none says. */
  readonly longestBudget: number | undefined;
}

/**
 * Follows one revocation through the lists of gateways. Whoever was heard once counts to the end: a gateway that falls silent meanwhile may go on letting
 * calls through until its budget is over.
 */
export class FanOutWatch {
  readonly #seen = new Map<string, { readonly gateway: ListedGateway; readonly inForceAt: number | undefined }>();
  #listed: readonly ListedGateway[] = [];
  readonly #position: string | undefined;
  /** Microseconds: a gateway that is complete through this has it. */
  readonly #answered: number;
  readonly #at: number;

  /**
   * @param first asked for after the revocation was answered: everything that was answered before its time is in a set that is complete through it. The
   * revocation's own time would be too early by however long its commit took.
   */
  constructor({ at, position }: Revocation, first: Pick<GatewayList, 'as_of'>) {
    this.#position = position;
    this.#answered = microsecondsOf(first.as_of);
    this.#at = at === undefined ? this.#answered : microsecondsOf(at);
  }

  take({ gateways }: Pick<GatewayList, 'gateways'>): void {
    this.#listed = gateways;
    for (const gateway of gateways) {
      const seen = this.#seen.get(gateway.name);
      if (seen || gateway.alive) this.#seen.set(gateway.name, { gateway, inForceAt: seen?.inForceAt ?? this.#inForceAt(gateway) });
    }
  }

  get standing(): Standing {
    const all = [...this.#seen.values()];
    const times = all.flatMap(({ inForceAt }) => (inForceAt === undefined ? [] : [inForceAt]));
    const missing = all.filter(({ inForceAt }) => inForceAt === undefined).map(({ gateway }) => gateway);
    const budgets = all.flatMap(({ gateway: { budget } }) => (budget === null ? [] : [budget]));
    return {
      inForce: times.length,
      of: all.length,
      afterMs: times.length > 0 && missing.length === 0 ? this.#afterMs(Math.max(...times)) : undefined,
      denyBy: this.#denyBy(all.length === 0 ? this.#listed : missing),
      missing: missing.map(({ name }) => name),
      longestBudget: budgets.length === 0 ? undefined : Math.max(...budgets),
    };
  }

  /** What hears nothing is complete through a T before the revocation, and denies a budget after that. */
  #denyBy(gateways: readonly ListedGateway[]): number | undefined {
    const last = Math.max(...gateways.map(({ budget }) => (budget === null ? Infinity : this.#at + budget * 1_000_000)));
    return Number.isFinite(last) ? last : undefined;
  }

  // A gateway's estimate of that clock may be behind it by the way an answer takes.
  #afterMs(last: number): number {
    return Math.max(0, Math.round((last - this.#at) / 1_000));
  }

  #inForceAt({ applied, applied_through: through, heard_at: heard }: ListedGateway): number | undefined {
    const own = applied.find(({ position }) => position === this.#position);
    if (own) return microsecondsOf(own.at);
    return microsecondsOf(through) >= this.#answered ? microsecondsOf(heard) : undefined;
  }
}
