import { classOf, iat, type IatRefusal } from '@chancery/domain';
import { again, type EventStore } from '@chancery/eventstore';
import { canNameStream, streamName } from '@chancery/events';
import {
  act,
  type Acted,
  attemptTwice,
  bodyAs,
  type Caller,
  newId,
  isPlainText,
  operatorKeys,
  readConfig,
  refused,
  type RefusalTable,
} from '@chancery/platform';
import { formatScope, OAuthError } from '@chancery/oauth';
import { z } from 'zod';
import type { Lists } from '../projections/lists.js';
import { distinct, scope } from '../settings/scope.js';
import type { Definer } from '../settings/settings.js';
import { mintToken } from '../register/initial-access-token.js';

export interface MintedIat {
  readonly id: string;
  /** Shown in this answer and nowhere else. */
  readonly initial_access_token: string;
  readonly class: string;
  readonly uses: number;
  readonly expires_at: number;
}

const request = z.strictObject({
  class: z.string().min(1).max(128),
  uses: z.number().int().min(1).max(10_000).default(1),
  /** Seconds. */
  expires_in: z.number().int().min(1).max(31_536_000).default(3600),
  /** Less than the class grants; absent: all of it. */
  scope: scope.optional(),
  audiences: z.array(z.string().min(1).max(2048)).min(1).max(64).refine(distinct).optional(),
  /** RFC 7638 thumbprint of the key that whoever uses it has to prove. */
  jkt: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .optional(),
  owner: z.string().min(1).max(128).refine(isPlainText).optional(),
  note: z.string().min(1).max(512).refine(isPlainText).optional(),
});

const refusals = {
  class_unknown: ['invalid_request', 'there is no such class'],
  uses_exceed_class: ['invalid_request', 'uses is more than the class allows'],
  expiry_exceeds_class: ['invalid_request', 'expires_in is more than the class allows'],
  expiry_past: ['invalid_request', 'expires_in is over already'],
  scope_exceeds_class: ['invalid_request', 'scope has one that the class does not grant'],
  audience_exceeds_class: ['invalid_request', 'audiences has one that the class does not grant'],
  scope_exceeds_operator: [
    'insufficient_scope',
    "an initial access token gives no scope of the operators' API that the token of its minter lacks",
  ],
  iat_unknown: ['invalid_request', 'there is no such initial access token'],
  iat_exists: ['invalid_request', 'there is such an initial access token already'],
} as const satisfies RefusalTable<IatRefusal>;

/** Mints an IAT of a class (IAT-06): the clear token is in this answer only. */
export function mintIat(body: Uint8Array, { operator, operatorsApi }: Definer, store: EventStore): Promise<MintedIat> {
  const asked = bodyAs(body, request);
  const iatId = newId('it');
  const { token, tokenHash } = mintToken(iatId);
  return attemptTwice<MintedIat>(async (reading) => {
    const config = await readConfig(store, reading);
    const at = Math.floor(store.now());
    const decision = iat.decide(
      {
        type: 'mint-iat',
        at,
        iatId,
        class: classOf(config.state, asked.class),
        uses: asked.uses,
        expiresAt: at + asked.expires_in,
        tokenHash,
        config: config.state,
        ...(asked.scope && { scope: asked.scope }),
        ...(asked.audiences && { audiences: asked.audiences }),
        ...(asked.jkt !== undefined && { jkt: asked.jkt }),
        ...(asked.owner !== undefined && { owner: asked.owner }),
        ...(asked.note !== undefined && { note: asked.note }),
        operatorScope: operator.scope,
        operatorsApi,
        by: operator.clientId,
      },
      iat.initial,
    );
    if (!decision.ok) throw refused(refusals, decision.refusal);
    const recorded = await store.append({
      streams: [{ stream: streamName('iat', iatId), expected: 0, events: decision.events }],
      unchanged: [config.guard],
      notRevoked: operatorKeys(operator),
    });
    if (recorded.outcome === 'stale') return again;
    if (recorded.outcome !== 'recorded') throw new OAuthError('invalid_token', { refusal: 'requester_revoked', scheme: 'DPoP' });
    return { id: iatId, initial_access_token: token, class: asked.class, uses: asked.uses, expires_at: at + asked.expires_in };
  });
}

/** Ends an IAT: `revoke-iat` with everything that came from it, `close-iat` for further registrations only. */
export function endIat(
  command: { type: 'revoke-iat' | 'close-iat'; iatId: string; reason: string },
  operator: Caller,
  store: EventStore,
): Promise<Acted> {
  const { type, iatId, reason } = command;
  if (!canNameStream(iatId)) throw unknownIat();
  return act({
    store,
    stream: streamName('iat', iatId),
    decider: iat,
    command: { type, reason, by: operator.clientId },
    notRevoked: operatorKeys(operator),
    refuse: (refusal) => (refusal === 'iat_unknown' ? unknownIat() : refused(refusals, refusal)),
  });
}

/** One initial access token as its own stream says; `used` is the list's, and may lag by milliseconds. */
export async function showIat(iatId: string, store: EventStore, lists: Pick<Lists, 'usedOf'>): Promise<Record<string, unknown>> {
  if (!canNameStream(iatId)) throw unknownIat();
  const { state } = await store.fold(streamName('iat', iatId), iat, 'fresh');
  if (state.status === 'unknown') throw unknownIat();
  return {
    id: state.iatId,
    class: state.class,
    status: state.status,
    uses: state.uses,
    used: await lists.usedOf(iatId),
    expires_at: state.expiresAt,
    ...(state.scope && { scope: formatScope(state.scope) }),
    ...(state.audiences && { audiences: state.audiences }),
    ...(state.jkt !== undefined && { jkt: state.jkt }),
    ...(state.owner !== undefined && { owner: state.owner }),
    ...(state.note !== undefined && { note: state.note }),
    minted_by: state.mintedBy,
  };
}

const unknownIat = (): OAuthError =>
  new OAuthError('invalid_request', { refusal: 'iat_unknown', status: 404, description: 'there is no such initial access token' });
