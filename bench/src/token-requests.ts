import { makeAssertion, makeProof } from '@chancery/oauth/client';
import { type Expectation, rawRequest } from './load/load.js';
import type { Client } from './operator.js';

/** One way of asking for a token by client credentials. */
export interface Flow {
  readonly name: string;
  readonly method: 'client_secret_basic' | 'private_key_jwt';
  readonly dpop: boolean;
}

export const flows = {
  secret: { name: 'secret', method: 'client_secret_basic', dpop: false },
  assertion: { name: 'private_key_jwt', method: 'private_key_jwt', dpop: false },
  secretDpop: { name: 'secret+dpop', method: 'client_secret_basic', dpop: true },
  assertionDpop: { name: 'private_key_jwt+dpop', method: 'private_key_jwt', dpop: true },
} as const satisfies Record<string, Flow>;

/** The server that is asked. */
export interface Asked {
  readonly issuer: string;
  readonly port: number;
  readonly resource: string;
  readonly scope: string;
}

/** So many whole requests, each with an assertion and a proof of its own, which are good for a minute. */
export const tokenRequests = (count: number, flow: Flow, clients: readonly Client[], asked: Asked): readonly string[] =>
  Array.from({ length: count }, (_, nth) => tokenRequest(flow, clients[nth % clients.length] as Client, asked));

/** The same bytes may be sent any number of times. */
export const repeatable = ({ method, dpop }: Flow): boolean => method === 'client_secret_basic' && !dpop;

function tokenRequest({ method, dpop }: Flow, client: Client, { issuer, port, resource, scope }: Asked): string {
  const { clientId, key, secret = '' } = client;
  const form = new URLSearchParams({ grant_type: 'client_credentials', resource, scope });
  if (method === 'private_key_jwt') {
    form.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    form.set('client_assertion', makeAssertion({ clientId, issuer, key }));
  }
  return rawRequest({
    method: 'POST',
    path: '/token',
    port,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(method === 'client_secret_basic' && { authorization: basic(clientId, secret) }),
      ...(dpop && { dpop: makeProof({ key, method: 'POST', url: `${issuer}/token` }) }),
    },
    body: form.toString(),
  });
}

// RFC 6749 §2.3.1. Ids and secrets of both servers are base64url, which stays as it is.
const basic = (id: string, secret: string): string => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

/** What a token's answer has to be. */
export const tokenExpected = ({ dpop }: Flow): Expectation => ({
  status: 200,
  contains: [`"token_type":"${dpop ? 'DPoP' : 'Bearer'}"`, '"expires_in":'],
  distinct: '"access_token":"',
});
