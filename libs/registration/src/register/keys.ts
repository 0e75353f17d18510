import type { RegisterAgent } from '@chancery/domain';
import { algorithms, importPublicJwk, namesAlgorithm, OAuthError } from '@chancery/oauth';
import { z } from 'zod';

type Jwks = NonNullable<RegisterAgent['asked']['jwks']>;

const document = z.looseObject({
  keys: z
    .array(z.looseObject({ kid: z.string().min(1).max(256).optional() }))
    .min(1)
    .max(16),
});

/** DCR-08, S-015: public keys of algorithms we verify, each once. Only their public members are kept. @throws OAuthError `invalid_client_metadata` */
export function parseKeys(jwks: unknown, alg: string | undefined): Jwks {
  const parsed = document.safeParse(jwks);
  if (!parsed.success) throw unacceptable('keys_malformed');
  const keys = parsed.data.keys.map((jwk) => {
    const imported = importPublicJwk(jwk, algorithms, unacceptable);
    // CLA-12: the registered algorithm decides. A key of ours has one algorithm, so a pin that differs can never be honoured.
    if (alg !== undefined && !namesAlgorithm(alg, imported.alg)) throw unacceptable('alg_contradicts_key');
    return { ...imported.jwk, alg: imported.alg, kid: jwk.kid ?? imported.thumbprint };
  });
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) throw unacceptable('kid_repeated');
  return keys;
}

const unacceptable = (refusal: string): OAuthError =>
  new OAuthError('invalid_client_metadata', { refusal, description: 'jwks is missing or unacceptable' });
