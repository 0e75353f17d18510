import type { KnownAgent } from '@chancery/domain';
import { importPublicJwk, limits, namesAlgorithm, OAuthError } from '@chancery/oauth';
import { z } from 'zod';
import { isPlainText } from '../plain-text.js';

/** Public keys of a client, each with its one algorithm and a `kid`. */
export type ClientKeys = NonNullable<KnownAgent['jwks']>;

const kid = z.string().min(1).max(limits.kidChars).refine(isPlainText);
const document = z.looseObject({
  keys: z
    .array(z.looseObject({ kid: kid.optional() }))
    .min(1)
    .max(limits.jwksKeys),
});

/**
 * DCR-08, S-015: public keys of algorithms we verify, each once, whether they came with a registration or from a `jwks_uri`. Only their public members are
 * kept.
 * @param alg the one algorithm every key must be for, where the client fixed one
 * @throws OAuthError `invalid_client_metadata`
 */
export function parseKeySet(jwks: unknown, alg?: string): ClientKeys {
  const parsed = document.safeParse(jwks);
  if (!parsed.success) throw unacceptable('keys_malformed');
  const imported = parsed.data.keys.map((jwk) => ({ ...importPublicJwk(jwk), named: jwk.kid }));
  // CLA-12: the registered algorithm decides. A key of ours has one algorithm, so a pin that differs can never be honoured.
  if (alg !== undefined && imported.some((key) => !namesAlgorithm(alg, key.alg))) throw unacceptable('alg_contradicts_key');
  if (new Set(imported.map(({ thumbprint }) => thumbprint)).size < imported.length) throw unacceptable('key_repeated');
  const keys = imported.map(({ jwk, alg: keyAlg, named, thumbprint }) => ({ ...jwk, alg: keyAlg, kid: named ?? thumbprint }));
  if (new Set(keys.map((key) => key.kid)).size < keys.length) throw unacceptable('kid_repeated');
  return keys;
}

const unacceptable = (refusal: string): OAuthError =>
  new OAuthError('invalid_client_metadata', { refusal, description: 'jwks is missing or unacceptable' });
