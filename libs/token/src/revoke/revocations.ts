import { OAuthError } from '@chancery/oauth';
import { bodyOf, headerField, type Refusals, requestIdOf, type ServiceRequest } from '@chancery/platform';
import { type RevokeDeps, revokeToken } from './revoke.js';

/** What the controller is handed: the use case, and the record of a request that found nothing to end. */
export class Revocations {
  constructor(
    private readonly deps: RevokeDeps,
    private readonly refusals: Refusals,
  ) {}

  async revoke(request: ServiceRequest): Promise<void> {
    const authorization = headerField(request.raw, 'authorization');
    const proof = headerField(request.raw, 'dpop');
    const { grantId, ...by } = await revokeToken({ body: bodyOf(request, 'form'), authorization, proof }, this.deps);
    if (grantId !== undefined) return;
    // Answered 200 (RFC 7009 §2.2), and still something an analyst wants to count.
    const error = new OAuthError('invalid_token', { refusal: 'nothing_to_revoke' });
    this.refusals.record({ endpoint: '/revoke', error, requestId: requestIdOf(request), source: request.ip, ...by });
  }
}
