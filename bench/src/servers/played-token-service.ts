import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RevocationEntry, RevocationSet } from '@chancery/eventstore';
import type { FeedAsk, GatewayOptions } from '@chancery/gateway';
import { signBeat, signEntry } from '@chancery/oauth';

/** What a gateway asks of the token service. */
export type TokenServicePart = Pick<GatewayOptions, 'fetchKeys' | 'feed' | 'revocationKeys' | 'serviceKey'>;

/** A token service with these keys and so many revocations, none of a token that is used, played in the gateway's own process. */
export function playTokenService({ jwks, revocations }: { readonly jwks: object; readonly revocations: number }): TokenServicePart {
  const { feed, publicKey } = playFeed(revocations);
  const { privateKey } = generateKeyPairSync('ed25519');
  return {
    fetchKeys: () => Promise.resolve(jwks),
    feed,
    revocationKeys: () => publicKey,
    serviceKey: () => ({ kid: 'service', alg: 'Ed25519', privateKey }),
  };
}

/** Now, in microseconds since 1970. */
const micros = (): number => Date.now() * 1_000;

const pageSize = 5_000;

/** The revocation feed, made and signed page by page: a million objects would weigh on what is measured beside them. */
function playFeed(count: number) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const key = { kid: 'revocations', privateKey };
  const made = micros();
  const entry = (nth: number): RevocationEntry => ({
    kind: 'grant',
    id: `gr_${String(nth).padStart(26, '0')}`,
    t: 'for-ever',
    position: BigInt(nth + 1),
    at: made,
  });
  const set = new RevocationSet();
  for (let nth = 0; nth < count; nth++) set.apply(entry(nth));
  let counter = 0;
  const feed = async ({ after, wait }: FeedAsk, signal: AbortSignal): Promise<unknown> => {
    const from = Number(after || 0);
    if (from >= count && wait > 0) await sleep(wait * 1_000, undefined, { signal });
    const to = Math.min(from + pageSize, count);
    const heartbeat = signBeat({ ...set.beat(micros()), counter: ++counter, at: micros() }, key);
    const records = Array.from({ length: to - from }, (_, nth) => signEntry(entry(from + nth), key));
    return { now: micros(), store_away: false, cursor: String(to), more: to < count, records, heartbeat };
  };
  return { feed, publicKey };
}
