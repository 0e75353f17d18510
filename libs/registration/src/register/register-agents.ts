import { bodyOf, headerField, proveOnce, type ServiceRequest } from '@chancery/platform';
import { answer } from './answer.js';
import { registerAgent, type RegisterDeps } from './register.js';

/** What the controller is handed: the use case with its deps. */
export class RegisterAgents {
  constructor(private readonly deps: RegisterDeps) {}

  async register(request: ServiceRequest): Promise<Record<string, unknown>> {
    const field = (name: string) => headerField(request.raw, name);
    const { issuer, store } = this.deps;
    const proof = proveOnce({ header: field('dpop'), method: 'POST', url: `${issuer}/register`, now: () => store.now() });
    const asked = { authorization: field('authorization'), proof, body: bodyOf(request, 'json') };
    return answer(await registerAgent(asked, this.deps), issuer);
  }
}
