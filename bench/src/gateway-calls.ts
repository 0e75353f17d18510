import { signCompact } from '@chancery/oauth';
import { type ClientKey, generateKey, makeProof } from '@chancery/oauth/client';
import { newAgentId, newId } from '@chancery/platform';
import { type Expectation, rawRequest } from './load/load.js';

/** Signs access tokens as the token service does. */
export interface Issuer {
  readonly issuer: string;
  readonly jwks: object;
  readonly key: ClientKey;
}

export function makeIssuer(issuer: string): Issuer {
  const key = generateKey();
  return { issuer, key, jwks: { keys: [{ ...key.publicJwk, kid: key.thumbprint, alg: 'ES256', use: 'sig' }] } };
}

/** A token, and the key that it is bound to. */
export interface Held {
  readonly token: string;
  /** Absent: a bearer token. */
  readonly key?: ClientKey;
}

/** A token of an agent of its own. */
export function issueTo({ issuer, key }: Issuer, holder?: ClientKey): Held {
  const [agentId, now] = [newAgentId(), Math.floor(Date.now() / 1_000)];
  const claims = {
    iss: issuer,
    sub: agentId,
    aud: `${issuer}/bench`,
    exp: now + 900,
    iat: now,
    jti: newId('tk'),
    client_id: agentId,
    scope: 'demo:read demo:write',
    sub_profile: 'ai_agent',
    ...(holder && { cnf: { jkt: holder.thumbprint } }),
    grant_id: newId('gr'),
    iat_id: newId('it'),
    txn: newId('tx'),
  };
  const token = signCompact({ typ: 'at+jwt', alg: 'ES256', kid: key.thumbprint }, claims, key.privateKey);
  return { token, ...(holder && { key: holder }) };
}

/** Of the API behind the gateway. */
export const callPath = '/bench/notes';

/** What a call says who makes it: the token, with a proof of its own where it is bound. */
export function callHeaders({ token, key }: Held, { issuer }: { issuer: string }): Readonly<Record<string, string>> {
  const dpop = key && makeProof({ key, method: 'GET', url: `${issuer}${callPath}`, accessToken: token });
  return { authorization: `${key ? 'DPoP' : 'Bearer'} ${token}`, ...(dpop !== undefined && { dpop }) };
}

/** One call of the API behind the gateway. */
export const callRequest = (held: Held, { issuer, port }: { issuer: string; port: number }): string =>
  rawRequest({ method: 'GET', path: callPath, port, headers: callHeaders(held, { issuer }) });

export const callExpected: Expectation = { status: 200, contains: ['{"notes":[]}'] };
