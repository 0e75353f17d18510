import type { IatClass } from '@chancery/domain';
import { algorithms, limits, OAuthError } from '@chancery/oauth';
import { bodyAs, isPlainText } from '@chancery/platform';
import { z } from 'zod';
import { distinct, scope } from './scope.js';

const positive = z.number().int().min(1);
const words = <const Words extends readonly [string, ...string[]]>(...allowed: Words) =>
  z.array(z.enum(allowed)).min(1).max(8).refine(distinct);

/** Members of features that are not here: said to be none they change nothing, otherwise they are refused (WIRE-20). */
const unavailable = ['redirect_uris', 'refresh', 'software_statements', 'attestation'] as const;

function isSomething(said: unknown): boolean {
  return said !== undefined && said !== false && !(Array.isArray(said) && said.length === 0);
}

/** A class as an operator states it: the whole of it, never a part, so that what was left out cannot mean "as before". */
const document = z
  .strictObject({
    profile: z.enum(['ai_agent', 'service']),
    owner: z.string().min(1).max(128).refine(isPlainText).exactOptional(),
    scope,
    default_scope: scope.exactOptional(),
    audiences: z.array(z.string().min(1).max(2048)).min(1).max(64).refine(distinct),
    grant_types: words('client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'),
    redirect_uris: z.unknown().optional(),
    auth_methods: words('private_key_jwt', 'client_secret_basic'),
    key_algorithms: words('ES256', 'PS256', 'Ed25519').exactOptional(),
    min_rsa_bits: positive.min(limits.rsaBitsMin).max(limits.rsaBitsMax).exactOptional(),
    // RFC 9449: every token is bound where only `dpop` stands; `bearer` beside it is said on purpose, and alone would forbid a proof.
    sender_constraint: words('dpop', 'mtls', 'bearer').refine((list) => list.length > 1 || list[0] !== 'bearer'),
    access_token_lifetime: z.number().int().min(300).max(900),
    refresh: z.unknown().optional(),
    lease: z.number().int().min(60).max(31_536_000),
    grace: z.number().int().min(0).max(31_536_000).exactOptional(),
    max_agents: positive.max(10_000_000).exactOptional(),
    registrations_per_hour: positive.max(1_000_000).exactOptional(),
    shared: z.boolean().exactOptional(),
    approval_required: z.boolean().exactOptional(),
    software_statements: z.unknown().optional(),
    attestation: z.unknown().optional(),
    budgets: z
      .strictObject({
        calls_per_minute: positive.exactOptional(),
        tokens_per_minute: positive.exactOptional(),
        calls_per_mandate: positive.exactOptional(),
        tokens_per_mandate: positive.exactOptional(),
      })
      .exactOptional(),
    max_uses: z.number().int().min(1).max(10_000),
    max_iat_lifetime: z.number().int().min(60).max(31_536_000),
  })
  // A size of keys that the class does not take could never be honoured.
  .refine(({ key_algorithms: allowed = algorithms, min_rsa_bits: bits }) => bits === undefined || allowed.includes('PS256'), {
    path: ['min_rsa_bits'],
  });

type Document = Omit<z.output<typeof document>, (typeof unavailable)[number]>;

/** @throws OAuthError `invalid_request` that names the member: malformed, or of something that is not available here */
export function parseClass(body: Uint8Array): Document {
  const asked = bodyAs(body, document);
  for (const member of unavailable) if (isSomething(asked[member])) throw notAvailable(member);
  if (asked.sender_constraint.includes('mtls')) throw notAvailable('sender_constraint mtls');
  return asked;
}

const notAvailable = (what: string): OAuthError =>
  new OAuthError('invalid_request', { refusal: 'member_not_available', description: `${what} is not available here` });

/** The class that a document states; `definer` answers for it where it names nobody. */
export const classFrom = (name: string, asked: Document, definer: string): IatClass => ({
  class: name,
  profile: asked.profile,
  owner: asked.owner ?? definer,
  scope: asked.scope,
  ...(asked.default_scope && { defaultScope: asked.default_scope }),
  audiences: asked.audiences,
  grantTypes: asked.grant_types,
  authMethods: asked.auth_methods,
  ...(asked.key_algorithms && { keyAlgorithms: asked.key_algorithms }),
  ...(asked.min_rsa_bits !== undefined && { minRsaBits: asked.min_rsa_bits }),
  dpopRequired: !asked.sender_constraint.includes('bearer'),
  accessTokenLifetime: asked.access_token_lifetime,
  lease: asked.lease,
  ...(asked.grace !== undefined && { grace: asked.grace }),
  ...(asked.max_agents !== undefined && { maxAgents: asked.max_agents }),
  ...(asked.registrations_per_hour !== undefined && { registrationsPerHour: asked.registrations_per_hour }),
  ...(asked.shared !== undefined && { shared: asked.shared }),
  ...(asked.approval_required !== undefined && { approvalRequired: asked.approval_required }),
  ...(asked.budgets && { budgets: budgetsFrom(asked.budgets) }),
  maxUses: asked.max_uses,
  maxIatLifetime: asked.max_iat_lifetime,
});

const budgetsFrom = (asked: NonNullable<Document['budgets']>): NonNullable<IatClass['budgets']> => ({
  ...(asked.calls_per_minute !== undefined && { callsPerMinute: asked.calls_per_minute }),
  ...(asked.tokens_per_minute !== undefined && { tokensPerMinute: asked.tokens_per_minute }),
  ...(asked.calls_per_mandate !== undefined && { callsPerMandate: asked.calls_per_mandate }),
  ...(asked.tokens_per_mandate !== undefined && { tokensPerMandate: asked.tokens_per_mandate }),
});

/** The document that states this class: what is shown can be changed and stated again. */
export const documentOf = (stated: IatClass): Document => ({
  profile: stated.profile,
  ...(stated.owner !== undefined && { owner: stated.owner }),
  scope: stated.scope,
  ...(stated.defaultScope && { default_scope: stated.defaultScope }),
  audiences: stated.audiences,
  grant_types: stated.grantTypes,
  auth_methods: stated.authMethods,
  ...(stated.keyAlgorithms && { key_algorithms: stated.keyAlgorithms }),
  ...(stated.minRsaBits !== undefined && { min_rsa_bits: stated.minRsaBits }),
  sender_constraint: stated.dpopRequired ? ['dpop'] : ['dpop', 'bearer'],
  access_token_lifetime: stated.accessTokenLifetime,
  lease: stated.lease,
  ...(stated.grace !== undefined && { grace: stated.grace }),
  ...(stated.maxAgents !== undefined && { max_agents: stated.maxAgents }),
  ...(stated.registrationsPerHour !== undefined && { registrations_per_hour: stated.registrationsPerHour }),
  ...(stated.shared !== undefined && { shared: stated.shared }),
  ...(stated.approvalRequired !== undefined && { approval_required: stated.approvalRequired }),
  ...(stated.budgets && { budgets: budgetsOf(stated.budgets) }),
  max_uses: stated.maxUses,
  max_iat_lifetime: stated.maxIatLifetime,
});

const budgetsOf = (stated: NonNullable<IatClass['budgets']>): NonNullable<Document['budgets']> => ({
  ...(stated.callsPerMinute !== undefined && { calls_per_minute: stated.callsPerMinute }),
  ...(stated.tokensPerMinute !== undefined && { tokens_per_minute: stated.tokensPerMinute }),
  ...(stated.callsPerMandate !== undefined && { calls_per_mandate: stated.callsPerMandate }),
  ...(stated.tokensPerMandate !== undefined && { tokens_per_mandate: stated.tokensPerMandate }),
});
