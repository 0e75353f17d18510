import type { KnownAgent } from '@chancery/domain';
import type { EventStore } from '@chancery/eventstore';
import { importPublicJwk, limits } from '@chancery/oauth';
import { bodyAs, bodyOf, headerField, newSecret, type ServiceRequest, sha256base64url, type TargetRules } from '@chancery/platform';
import { z } from 'zod';
import { answer } from '../register/answer.js';
import { manage, type ManagementRequest } from './manage.js';
import { mintRat } from './registration-access-token.js';
import { parseReplacement } from './request.js';

export interface ManageDeps {
  readonly store: EventStore;
  readonly issuer: string;
  /** What a `jwks_uri` may name: public hosts, unless told. */
  readonly targets?: TargetRules;
}

type Answer = Promise<Record<string, unknown>>;

/** What the controller is handed: the four acts of RFC 7592 with their deps. */
export class ManageAgents {
  constructor(private readonly deps: ManageDeps) {}

  async read(request: ServiceRequest): Answer {
    const { state, rat } = await manage(requestOf(request), { type: 'read-registration', wish: () => ({}) }, this.deps.store);
    return answer({ event: state, rat }, this.deps.issuer);
  }

  async replace(request: ServiceRequest): Answer {
    const asked = requestOf(request);
    const { rat, ...newRat } = mintRat(asked.clientId);
    const secret = newSecret();
    const newSecretHash = sha256base64url(secret);
    const wish = (known: KnownAgent, at: number) => {
      const replacement = parseReplacement(bodyOf(request, 'json'), known, this.deps.targets);
      const keysRemoved = removed(known.jwks, replacement.jwks);
      return { asked: replacement, keysRemoved, newSecretHash, ...newRat, ...changing(at) };
    };
    const { state } = await manage(asked, { type: 'replace-registration', wish }, this.deps.store);
    return answer({ event: state, rat, ...(state.secretHash === newSecretHash && { secret }) }, this.deps.issuer);
  }

  async rotateSecret(request: ServiceRequest): Answer {
    const asked = requestOf(request);
    const { rat, ...newRat } = mintRat(asked.clientId);
    const secret = newSecret();
    const secretHash = sha256base64url(secret);
    const wish = (_known: KnownAgent, at: number) => {
      refuseBody(request);
      return { secretHash, previousSecretEndsAt: at + limits.secretOverlapSeconds, ...newRat, ...changing(at) };
    };
    const { state } = await manage(asked, { type: 'rotate-secret', wish }, this.deps.store);
    return answer({ event: state, rat, secret }, this.deps.issuer);
  }

  async delete(request: ServiceRequest): Promise<void> {
    const wish = () => {
      refuseBody(request);
      return {};
    };
    await manage(requestOf(request), { type: 'delete-agent', wish }, this.deps.store);
  }
}

/** No body, or an object without members: what would be in it is honoured nowhere (WIRE-20). @throws OAuthError `invalid_request` */
function refuseBody({ body }: ServiceRequest): void {
  if (Buffer.isBuffer(body)) bodyAs(body, z.strictObject({}));
}

/** What every change of a registration is bound by. */
const changing = (at: number) => ({
  previousRatEndsAt: at + limits.registrationTokenOverlapSeconds,
  mostChanges: limits.registrationChangesAMinute,
});

function requestOf(request: ServiceRequest): ManagementRequest {
  const { clientId } = request.params as { clientId: string };
  const field = (name: string) => headerField(request.raw, name);
  return { clientId, authorization: field('authorization'), proof: field('dpop'), query: request.query };
}

/** Keys are told apart by what they are, not by what they are called. */
function removed(before: KnownAgent['jwks'], after: KnownAgent['jwks']): readonly string[] {
  const kept = new Set(thumbprintsOf(after));
  return thumbprintsOf(before).filter((key) => !kept.has(key));
}

const thumbprintsOf = (jwks: KnownAgent['jwks'] = []): string[] => jwks.map((jwk) => importPublicJwk(jwk).thumbprint);
