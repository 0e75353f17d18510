import { agent, type AgentState } from '@chancery/domain';
import { again, type EventStore, type Folded } from '@chancery/eventstore';
import { parseStream, streamName } from '@chancery/events';
import {
  agentIdOf,
  attemptTwice,
  attribute,
  newSecret,
  readConfig,
  sha256base64url,
  type TargetRules,
  type VerifiedProof,
} from '@chancery/platform';
import { presentedIat, readIat } from './initial-access-token.js';
import { answerAgain } from './lost-answer.js';
import { proveIat, refuseOtherToken } from './prove-iat.js';
import { provedKey } from './proved-key.js';
import type { QuotaDeps } from './quota/class-quota.js';
import { type Asked, parseMetadata } from './request.js';
import { type Attempt, type Taken, takeUse } from './take-use.js';

export interface RegistrationRequest {
  readonly authorization: string | readonly string[] | undefined;
  /** The key that is proved, if one is. Throws for what is no proof. */
  readonly proof: () => VerifiedProof | undefined;
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
  return attemptTwice<RegistrationAnswer>(async (reading) => {
    const iat = await readIat(presented, deps.store, reading);
    let instance: string | undefined;
    try {
      const ofToken = proveIat(iat.state, presented.token, request.proof);
      const asked = parseMetadata(request.body, deps.targets);
      const proof = provedKey(request.proof, { jwks: asked.jwks, ofToken: iat.state.jkt });
      instance = proof?.thumbprint;
      if (proof) refuseOtherToken(proof, presented.token);
      const before = proof && (await sameRegistration(presented.token, { proof, asked }, deps.store));
      const answered = proof && before && (await answerAgain({ before, iat, proof }, deps.store));
      if (answered) return answered;
      const withSecret = asked.authMethod === 'client_secret_basic';
      const attempt: Attempt = {
        iat,
        config: await readConfig(deps.store, reading),
        asked: withSecret ? { ...asked, secretHash: sha256base64url(secret) } : asked,
        proofs: proof ? [proof.reservation] : ofToken,
        ...(before?.revision === 0 && { agentId: parseStream(before.guard.stream).id }),
      };
      const registered = await deps.slots.inTurn(presented.iatId, () => takeUse(attempt, deps));
      if (registered === again) return again;
      return withSecret ? { ...registered, secret } : registered;
    } catch (error) {
      throw attribute(error, { iat: presented.iatId, instance });
    }
  });
}

/** The agent of a registration by the same IAT and proved key that asked for the same: its id follows from them. */
const sameRegistration = (
  token: string,
  { proof, asked }: { readonly proof: VerifiedProof; readonly asked: Asked },
  store: EventStore,
): Promise<Folded<AgentState>> =>
  store.fold(streamName('agent', agentIdOf(token, proof.thumbprint, JSON.stringify(asked))), agent, 'fresh');
