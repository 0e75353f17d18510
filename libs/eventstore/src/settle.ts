import { StoreUnavailable, type Reading } from './contract.js';

/** Said by an attempt that wants to be made once more, on a fresh reading. */
export const again: unique symbol = Symbol('again');

/** Nothing was recorded, for somebody was faster each time: the store is there, and asking again may do. */
export class KeptChanging extends StoreUnavailable {}

/**
 * The one retry loop of design §4: "stale: read again and decide again, once; then 503".
 *
 * `attempt` gathers with the reading it is given, decides, appends and answers. It says `again` when the append was stale, and when it refused on a
 * `cached` reading, which may be behind. Still `again` on the `fresh` one: throws KeptChanging, since nothing was recorded and nobody knows why.
 */
export async function twice<T>(attempt: (reading: Reading) => Promise<T | typeof again>): Promise<T> {
  for (const reading of ['cached', 'fresh'] as const) {
    const answer = await attempt(reading);
    if (answer !== again) return answer;
  }
  throw new KeptChanging('what the decision rests on kept changing');
}
