import type { AdminApi } from '../admin.js';

/** One gateway, by its own last word. Times are RFC 3339 with microseconds. */
export interface ListedGateway {
  readonly name: string;
  /** Every revocation answered before this is in force there. */
  readonly applied_through: string;
  readonly heard_at: string;
  /** Heard in the last ten seconds. */
  readonly alive: boolean;
  /** Seconds after which it denies when it hears nothing; null where it does not say. */
  readonly budget: number | null;
  /** Events whose revocations are in force there, and since when: the latest. */
  readonly applied: readonly { readonly position: string; readonly at: string }[];
}

export interface GatewayList {
  readonly gateways: readonly ListedGateway[];
  /** Of this very list: whoever has it can wait for the next one. */
  readonly changes: number;
  /** By the database's clock. */
  readonly as_of: string;
}

export interface GatewaysQuestion {
  /** The list that is known. */
  readonly since?: number | undefined;
  /** Seconds to wait for another one. */
  readonly wait: number;
  readonly signal: AbortSignal;
}

/** @throws Refused */
export function readGateways(admin: AdminApi, { since, wait, signal }: GatewaysQuestion): Promise<GatewayList> {
  const known = since === undefined ? '' : `?since=${since}&wait=${wait}`;
  return admin.call<GatewayList>({
    act: 'read the list of gateways',
    scope: 'chancery:audit',
    method: 'GET',
    path: `/gateways${known}`,
    wait,
    signal,
  });
}
