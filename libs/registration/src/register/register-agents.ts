import { OAuthError } from '@chancery/oauth';
import { bodyOf, headerField, type ServiceRequest } from '@chancery/platform';
import { registerAgent, type RegisterDeps, type RegistrationAnswer } from './register.js';

/** What the controller is handed: the use case with its deps. */
export class RegisterAgents {
  constructor(private readonly deps: RegisterDeps) {}

  register(request: ServiceRequest): Promise<RegistrationAnswer> {
    // A proof would say "this key is mine"; until that is judged here it is refused, not ignored (WIRE-20).
    if (headerField(request.raw, 'dpop') !== undefined)
      throw new OAuthError('invalid_dpop_proof', {
        refusal: 'proof_not_supported',
        description: 'a proof is not accepted at registration',
      });
    return registerAgent({ authorization: headerField(request.raw, 'authorization'), body: bodyOf(request, 'json') }, this.deps);
  }
}
