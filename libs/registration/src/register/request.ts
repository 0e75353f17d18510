import type { RegisterAgent } from '@chancery/domain';
import { algorithmNames, OAuthError, parseJson, parseScope } from '@chancery/oauth';
import { isPlainText, nothingAllowed, type TargetRules } from '@chancery/platform';
import { z } from 'zod';
import { parseKeys } from './keys.js';
import { refuseUnavailable, refuseUris } from './members.js';

/** What a registration asks for, or a replacement of one. */
export type Asked = Omit<RegisterAgent['asked'], 'secretHash'>;

const strings = z.array(z.string().min(1).max(256)).max(16);

/** The members we understand; others are dropped and not echoed (RFC 7591 §2, DCR-15). */
const metadata = z.looseObject({
  client_name: z.string().min(1).max(128).refine(isPlainText).optional(),
  token_endpoint_auth_method: z.string().max(64).default('client_secret_basic'),
  grant_types: strings.refine((types) => new Set(types).size === types.length).optional(),
  response_types: z.array(z.string().max(64)).max(8).optional(),
  scope: z.string().min(1).max(8192).optional(),
  jwks: z.unknown().optional(),
  jwks_uri: z.unknown().optional(),
  dpop_bound_access_tokens: z.boolean().optional(),
  client_profile: z.string().max(64).optional(),
  token_endpoint_auth_signing_alg: z.enum(algorithmNames).optional(),
  // They change nothing of what is registered, and are dropped until something here shows them.
  contacts: strings.optional(),
  software_id: z.string().min(1).max(256).optional(),
  software_version: z.string().min(1).max(256).optional(),
});

const publicOnly: TargetRules = { allowed: nothingAllowed };

/**
 * RFC 7591 §2: what is asked for, typed; snake_case ends here.
 * @param targets what a `jwks_uri` may name: public hosts, unless told
 * @throws OAuthError `invalid_client_metadata`, `invalid_redirect_uri`
 */
export const parseMetadata = (body: Uint8Array, targets?: TargetRules): Asked => metadataOf(jsonObject(body), targets);

/** The same, of a document that was read already. */
export function metadataOf(document: Record<string, unknown>, targets: TargetRules = publicOnly): Asked {
  refuseUris(document);
  refuseUnavailable(document);
  const parsed = metadata.safeParse(document);
  if (!parsed.success) throw malformed(String(parsed.error.issues[0]?.path[0] ?? 'metadata'));
  const asked = parsed.data;
  if (asked.response_types?.length) throw malformed('response_types');
  const authMethod = authMethodOf(asked.token_endpoint_auth_method);
  const signingAlg = asked.token_endpoint_auth_signing_alg;
  // RFC 7591 §2: it is about signed assertions; with another method it could never be honoured.
  if (signingAlg !== undefined && authMethod !== 'private_key_jwt') throw malformed('token_endpoint_auth_signing_alg');
  const keys = parseKeys({ jwks: asked.jwks, jwksUri: asked.jwks_uri, signingAlg }, targets);
  if (authMethod === 'private_key_jwt' && !keys.jwks && keys.jwksUri === undefined) throw malformed('jwks');
  return {
    authMethod,
    ...(asked.client_name !== undefined && { name: asked.client_name }),
    ...keys,
    ...(asked.grant_types && { grantTypes: asked.grant_types }),
    ...(asked.scope !== undefined && { scope: scopeOf(asked.scope) }),
    ...(asked.dpop_bound_access_tokens !== undefined && { dpopBound: asked.dpop_bound_access_tokens }),
    ...(asked.client_profile !== undefined && { profile: asked.client_profile }),
    ...(signingAlg !== undefined && { signingAlg }),
  };
}

/** @throws OAuthError `invalid_client_metadata` for anything but one JSON object */
export function jsonObject(body: Uint8Array): Record<string, unknown> {
  try {
    const parsed = parseJson(body);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    throw new OAuthError('invalid_client_metadata', { refusal: error.refusal, cause: error, status: error.status });
  }
  throw malformed('metadata');
}

function authMethodOf(method: string): Asked['authMethod'] {
  if (method !== 'private_key_jwt' && method !== 'client_secret_basic') throw malformed('token_endpoint_auth_method');
  return method;
}

function scopeOf(scope: string): readonly string[] {
  try {
    return parseScope(scope);
  } catch {
    throw malformed('scope');
  }
}

/** `member` is a name of ours, never what was sent. */
const malformed = (member: string): OAuthError =>
  new OAuthError('invalid_client_metadata', { refusal: 'metadata_malformed', description: `${member} is missing or unacceptable` });
