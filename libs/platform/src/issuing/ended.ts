import { streamName } from '@chancery/events';
import type { EventStore } from '@chancery/eventstore';
import { OAuthError } from '@chancery/oauth';
import type { TokenRequest } from '../token-endpoint/grant.js';
import type { Issuance, Issuing } from './issue.js';

/**
 * What to answer when the append found that something the issuance rests on was ended. It does not say what, so what is not the client's
 * fault is looked for first: our own signing key, and a suspension that was lifted a moment ago.
 * @returns `again` when the signing key was ended: another one may sign by now
 * @throws OAuthError `temporarily_unavailable` (503) for an agent that was just resumed, else what the issuance says
 */
export async function ended(issuance: Issuance, { client, reading }: TokenRequest, { keys, store }: Issuing): Promise<'again'> {
  await keys.refresh('access-token');
  if (!keys.find('access-token', issuance.signingKey.kid)) return 'again';
  // A subject token from before T stays dead, so that waiting would help nobody.
  const extendsOwn = issuance.notRevoked.some(({ kind, id }) => kind === 'agent' && id === client.agentId);
  if (reading === 'fresh' && !extendsOwn) await refuseJustResumed(client.agentId, store);
  // Final as a no, not as a reason: a fresh reading knows whether the requester itself ended, which is `invalid_client` from then on.
  throw issuance.revoked();
}

/**
 * Of an agent that a fresh reading found in good standing, when the append found it ended all the same: nothing may rest on it until `iat > T`
 * (design §4). @throws OAuthError `temporarily_unavailable` (503) until then
 */
export async function refuseJustResumed(agentId: string, store: EventStore): Promise<void> {
  const events = await store.read(streamName('agent', agentId));
  const suspended = events.findLast(({ event }) => event.type === 'agent.suspended');
  if (!suspended) return;
  const t = Math.floor(suspended.at / 1_000_000) + 1;
  // The append was a moment before this reading of an estimated clock, which a second covers.
  if (Math.floor(store.now()) <= t + 1) throw new OAuthError('temporarily_unavailable', { refusal: 'resumed_too_recently', retryAfter: 1 });
}
