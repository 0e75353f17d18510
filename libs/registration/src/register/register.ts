import { again } from '@chancery/eventstore';
import { attemptTwice, attribute, newSecret, proveOnce, readConfig, sha256base64url, type TargetRules } from '@chancery/platform';
import { presentedIat, readIat } from './initial-access-token.js';
import { proveIat } from './prove-iat.js';
import type { QuotaDeps } from './quota/class-quota.js';
import { refuseProof } from './refusals.js';
import { parseMetadata } from './request.js';
import { type Attempt, type Taken, takeUse } from './take-use.js';

export interface RegistrationRequest {
  readonly authorization: string | readonly string[] | undefined;
  /** The `DPoP` field as it came. */
  readonly proof: string | readonly string[] | undefined;
  readonly body: Uint8Array;
}

export interface RegistrationAnswer extends Taken {
  /** Shown in this answer and nowhere else. */
  readonly secret?: string;
}

export interface RegisterDeps extends QuotaDeps {
  /** The one constant of META-03; proofs are for its URL (DPOP-05). */
  readonly issuer: string;
  /** What a `jwks_uri` may name: public hosts, unless told. */
  readonly targets?: TargetRules;
}

/** RFC 7591 §3 behind an initial access token: one use of it, the agent and its `client_id` are one append (IAT-03). */
export function registerAgent(request: RegistrationRequest, deps: RegisterDeps): Promise<RegistrationAnswer> {
  const presented = presentedIat(request.authorization);
  const secret = newSecret();
  const now = () => deps.store.now();
  const prove = proveOnce({ header: request.proof, method: 'POST', url: `${deps.issuer}/register`, now });
  return attemptTwice<RegistrationAnswer>(async (reading) => {
    const iat = await readIat(presented, deps.store, reading);
    try {
      if (iat.state.jkt === undefined) refuseProof(request.proof);
      const proofs = proveIat(iat.state, presented.token, prove);
      const asked = parseMetadata(request.body, deps.targets);
      const withSecret = asked.authMethod === 'client_secret_basic';
      const attempt: Attempt = {
        iat,
        config: await readConfig(deps.store, reading),
        asked: withSecret ? { ...asked, secretHash: sha256base64url(secret) } : asked,
        proofs,
      };
      const registered = await deps.slots.inTurn(presented.iatId, () => takeUse(attempt, deps));
      if (registered === again) return again;
      return withSecret ? { ...registered, secret } : registered;
    } catch (error) {
      throw attribute(error, { iat: presented.iatId });
    }
  });
}
