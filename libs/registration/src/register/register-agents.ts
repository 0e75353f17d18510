import { bodyOf, headerField, type ServiceRequest } from '@chancery/platform';
import { registerAgent, type RegisterDeps, type RegistrationAnswer } from './register.js';

/** What the controller is handed: the use case with its deps. */
export class RegisterAgents {
  constructor(private readonly deps: RegisterDeps) {}

  register(request: ServiceRequest): Promise<RegistrationAnswer> {
    const field = (name: string) => headerField(request.raw, name);
    return registerAgent({ authorization: field('authorization'), proof: field('dpop'), body: bodyOf(request, 'json') }, this.deps);
  }
}
