import { OAuthError } from '@chancery/oauth';
import type { AuthenticatedAgent } from '../token-endpoint/grant.js';
import { final } from './attempt.js';

/** Which of a request's artefacts was used before. `taken` is the index among its reservations: assertions first, then the proof. */
export const replayed = (taken: number, client: AuthenticatedAgent): OAuthError =>
  final(
    taken < client.reservations.length
      ? new OAuthError('invalid_client', { refusal: 'assertion_replayed' })
      : new OAuthError('invalid_dpop_proof', { refusal: 'proof_replayed' }),
  );

/** A proof or assertion that is too old or too new by the database's clock, whatever this machine's says. */
export const artefactExpired = (): OAuthError =>
  final(new OAuthError('invalid_request', { refusal: 'artefact_expired', description: 'the proof or assertion is too old' }));
