import { setTimeout as sleep } from 'node:timers/promises';
import type { AdminApi } from '../admin.js';
import { Unavailable } from '../failure.js';
import { type GatewayList, readGateways } from './gateway-list.js';

/** Seconds one question may stay open. */
const wait = 5;
/** Milliseconds between a list and the next question: each of them is on record, and a hundred gateways answer one after the other. */
const pause = 50;
/** Milliseconds before the next question while Chancery is away. */
const awayPause = 500;

/**
 * The list of gateways, and again whenever it has changed, until the signal aborts. While Chancery is away it is asked again.
 * @throws Refused where it may not be read; what made it unavailable, where the signal aborted before there was any list
 */
export async function* followGateways(admin: AdminApi, signal: AbortSignal): AsyncGenerator<GatewayList> {
  let known: GatewayList | undefined;
  let away: Unavailable | undefined;
  while (!signal.aborted) {
    try {
      known = await readGateways(admin, { since: known?.changes, wait, signal });
      yield known;
      await rested(pause, signal);
    } catch (error) {
      if (signal.aborted) break;
      if (!(error instanceof Unavailable)) throw error;
      away = error;
      await rested(awayPause, signal);
    }
  }
  if (known === undefined && away !== undefined) throw away;
}

const rested = (milliseconds: number, signal: AbortSignal): Promise<unknown> =>
  sleep(milliseconds, undefined, { signal }).catch(() => undefined);
