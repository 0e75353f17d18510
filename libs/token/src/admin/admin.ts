import { grant } from '@chancery/domain';
import { canNameStream, streamName } from '@chancery/events';
import { OAuthError } from '@chancery/oauth';
import { act, type Acted, type Caller, type Issuing, KeyRefused, operatorKeys, reasonOf } from '@chancery/platform';
import type { KeyedIssuing } from './operations.js';

/** Ends a mandate and everything derived from it (REV-05). */
export function revokeGrant(grantId: string, body: Uint8Array, operator: Caller, { store }: Issuing): Promise<Acted> {
  const reason = reasonOf(body);
  if (!canNameStream(grantId)) throw unknownThing('grant_unknown', 'there is no such grant');
  return act({
    store,
    stream: streamName('grant', grantId),
    decider: grant,
    command: { type: 'revoke-grant', cause: 'operator', reason, by: operator.clientId },
    notRevoked: operatorKeys(operator),
    refuse: (refusal) => unknownThing(refusal, 'there is no such grant'),
  });
}

/** The published signing keys of access tokens, for people. */
export const listKeys = ({ keys }: Issuing): Record<string, unknown> => ({
  active: keys.active('access-token').kid,
  keys: keys.published('access-token').map(({ kid, alg }) => ({ kid, alg })),
});

/** Lets the next key sign from now on (META-06). */
export async function rotateKeys(operator: Caller, { keys }: KeyedIssuing): Promise<Record<string, unknown>> {
  const change = { purpose: 'access-token', by: operator.clientId, notRevoked: operatorKeys(operator) } as const;
  return { active: await refusing(() => keys.rotate(change)) };
}

/** Ends a signing key for ever, with every token it signed (META-08): the operator's own too, where that is the key. */
export function revokeKey(kid: string, body: Uint8Array, operator: Caller, { keys }: KeyedIssuing): Promise<Acted> {
  const reason = reasonOf(body);
  const change = { purpose: 'access-token', kid, reason, by: operator.clientId, notRevoked: operatorKeys(operator) } as const;
  return refusing(() => keys.revoke(change));
}

const sentences: Readonly<Record<string, string>> = {
  key_unknown: 'there is no such key',
  published_too_recently: 'the next key was published too recently',
  no_next_key:
    'there is no next key that could sign instead; one is made at every start: restart the server, or stop it to end all signing',
};

async function refusing<T>(change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (!(error instanceof KeyRefused)) throw error;
    if (error.refusal === 'requester_revoked') throw new OAuthError('invalid_token', { refusal: error.refusal, scheme: 'DPoP' });
    throw new OAuthError('invalid_request', {
      refusal: error.refusal,
      status: error.refusal === 'key_unknown' ? 404 : 409,
      description: sentences[error.refusal] ?? 'the keys cannot be changed now',
    });
  }
}

const unknownThing = (refusal: string, description: string): OAuthError =>
  new OAuthError('invalid_request', { refusal, status: 404, description });
