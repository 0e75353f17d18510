import { readFileSync } from 'node:fs';
import { callResource, type ClientKey, generateKey, keyFromJwk, requestToken } from '@chancery/oauth/client';

/** A client as the benches play it. */
export interface Client {
  readonly clientId: string;
  readonly secret?: string;
  readonly key: ClientKey;
}

/** The class of the agents that need no proof of possession; everything else is as in `default`. */
const bearerClass = 'bench-bearer';

/** What an operator prepares over the public API, as one would. */
export interface Operator {
  /** Registers so many agents that authenticate that way. */
  register(count: number, how: { method: 'client_secret_basic' | 'private_key_jwt'; dpop: boolean }): Promise<readonly Client[]>;
  /** One act through `/admin/v1`. */
  act(act: { method: string; path: string; scope: string; body?: unknown }): Promise<unknown>;
}

export function operatorAt(issuer: string, credential: string): Operator {
  const { client_id: clientId, private_key: jwk } = JSON.parse(readFileSync(credential, 'utf8')) as {
    client_id: string;
    private_key: object;
  };
  const clientKey = keyFromJwk(jwk);
  const act: Operator['act'] = async ({ method, path, scope, body }) => {
    const form = { grant_type: 'client_credentials', resource: `${issuer}/admin`, scope };
    const { access_token: token } = await requestToken({ issuer, fetch, clientId, clientKey, proofKey: clientKey, form });
    const url = `${issuer}/admin/v1${path}`;
    const answer = await callResource({ fetch, url, method, token, proofKey: clientKey, ...(body !== undefined && { body }) });
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  const defineClass = () =>
    act({
      method: 'PUT',
      path: `/classes/${bearerClass}`,
      scope: 'chancery:policy',
      body: {
        profile: 'ai_agent',
        scope: ['demo:read', 'demo:write'],
        audiences: [`${issuer}/demo`],
        grant_types: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
        auth_methods: ['private_key_jwt', 'client_secret_basic'],
        sender_constraint: ['dpop', 'bearer'],
        access_token_lifetime: 600,
        lease: 86_400,
        max_uses: 10_000,
        max_iat_lifetime: 2_592_000,
      },
    });
  return {
    act,
    async register(count, { method, dpop }) {
      if (!dpop) await defineClass();
      const body = { class: dpop ? 'default' : bearerClass, uses: count };
      const iat = (await act({ method: 'POST', path: '/iats', scope: 'chancery:registry', body })) as { initial_access_token: string };
      const clients: Client[] = [];
      for (let left = count; left > 0; left--) clients.push(await registerAt(issuer, iat.initial_access_token, { method, dpop }));
      return clients;
    },
  };
}

async function registerAt(issuer: string, iat: string, { method, dpop }: { method: string; dpop: boolean }): Promise<Client> {
  const key = generateKey();
  const metadata = {
    client_name: 'bench agent',
    token_endpoint_auth_method: method,
    ...(method === 'private_key_jwt' && { jwks: { keys: [key.publicJwk] } }),
    dpop_bound_access_tokens: dpop,
  };
  const answer = await fetch(`${issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${iat}` },
    body: JSON.stringify(metadata),
  });
  if (answer.status !== 201) throw new Error(`an agent was not registered: ${answer.status} ${await answer.text()}`);
  const { client_id: clientId, client_secret: secret } = (await answer.json()) as { client_id: string; client_secret?: string };
  return { clientId, key, ...(secret !== undefined && { secret }) };
}
