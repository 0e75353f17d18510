import type { KnownAgent } from '@chancery/domain';
import { OAuthError, verifyClientSecret } from '@chancery/oauth';
import type { TargetRules } from '@chancery/platform';
import { type Asked, jsonObject, metadataOf } from '../register/request.js';

/** What the server alone says (RFC 7592 §2.2): whoever sends it back would be taken for wanting it so. */
const ours = ['registration_access_token', 'registration_client_uri', 'client_secret_expires_at', 'client_id_issued_at'] as const;

/**
 * The registration as it shall be (MGT-03, MGT-04): all of it, for what is left out is there no more. Read by the parser of registrations.
 * @throws OAuthError `invalid_client_metadata`, `invalid_redirect_uri`
 */
export function parseReplacement(body: Uint8Array, known: KnownAgent, targets?: TargetRules): Asked {
  const document = jsonObject(body);
  for (const member of ours) if (member in document) throw immutable(`${member} is not the client's to say`);
  if (document['client_id'] !== known.agentId) throw immutable('client_id is missing or another one');
  if ('client_secret' in document && !isCurrentSecret(document['client_secret'], known))
    throw immutable('client_secret is not the current one');
  return metadataOf(document, targets);
}

const isCurrentSecret = (secret: unknown, known: KnownAgent): boolean =>
  typeof secret === 'string' && verifyClientSecret(secret, known.secretHash);

/** `description` is a constant: nothing of what was sent. */
const immutable = (description: string): OAuthError =>
  new OAuthError('invalid_client_metadata', { refusal: 'immutable_member', description });
