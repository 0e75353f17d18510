import { type ClientKey, generateKey, makeAssertion, makeProof } from '@chancery/oauth/client';
import { type Answer, ask, postForm } from './http.js';

export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
export const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';

/** A registered client, as a spec plays it: every part of a request can be said otherwise. */
export interface Client {
  readonly issuer: string;
  readonly clientId: string;
  readonly key: ClientKey;
}

export interface TokenAsk {
  /** Empty values count as absent, so `''` leaves a parameter out. */
  readonly form?: Readonly<Record<string, string>>;
  /** Said instead of a fresh one; undefined: none at all. */
  readonly assertion?: string | undefined;
  readonly proof?: string | undefined;
  readonly proofKey?: ClientKey;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `POST /token` with a fresh assertion and proof, but for what the spec says instead. */
export const askToken = (client: Client, wish: TokenAsk = {}): Promise<Answer> =>
  ask(`${client.issuer}/token`, () => {
    const proof =
      'proof' in wish ? wish.proof : makeProof({ key: wish.proofKey ?? client.key, method: 'POST', url: `${client.issuer}/token` });
    const form = { grant_type: 'client_credentials', resource: `${client.issuer}/demo`, ...credential(client, wish), ...wish.form };
    return postForm(form, { ...(proof !== undefined && { dpop: proof }), ...wish.headers });
  });

function credential(client: Client, wish: TokenAsk): Record<string, string> {
  const assertion = 'assertion' in wish ? wish.assertion : makeAssertion(client);
  return assertion === undefined ? {} : { client_assertion_type: assertionType, client_assertion: assertion };
}

/** An access token of the client itself, which the spec takes for granted. */
export async function tokenOf(client: Client, wish: TokenAsk = {}): Promise<string> {
  const { status, body } = await askToken(client, wish);
  if (status !== 200) throw new Error(`no token was issued: ${status} ${String(body?.error)}`);
  return body.access_token as string;
}

/** A child of a token: narrowed, for the same key. */
export const exchange = (client: Client, subjectToken: string, wish: TokenAsk = {}): Promise<Answer> =>
  askToken(client, {
    ...wish,
    form: { grant_type: tokenExchange, subject_token: subjectToken, subject_token_type: accessTokenType, resource: '', ...wish.form },
  });

/** `POST /revoke`. */
export const giveBack = (client: Client, form: Record<string, string>, wish: Pick<TokenAsk, 'assertion'> = {}): Promise<Answer> =>
  ask(`${client.issuer}/revoke`, () => postForm({ ...credential(client, wish), ...form }));

export interface ApiCall {
  readonly method?: string;
  /** Below the base URL. */
  readonly path?: string;
  /** Said instead of a fresh one; undefined: none at all. */
  readonly proof?: string | undefined;
  readonly scheme?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A call through the gateway, with a fresh proof unless told. */
export function callApi(client: Client, token: string, call: ApiCall = {}): Promise<Answer> {
  const { method = 'GET', path = '/demo/notes', scheme = 'DPoP', body } = call;
  const url = `${client.issuer}${path}`;
  return ask(url, () => {
    const proof = 'proof' in call ? call.proof : makeProof({ key: client.key, method, url, accessToken: token });
    return {
      method,
      headers: {
        authorization: `${scheme} ${token}`,
        ...(proof !== undefined && { dpop: proof }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...call.headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
  });
}

/** `POST /register` with an initial access token; undefined: without any. */
export const register = (issuer: string, token: string | undefined, metadata: unknown): Promise<Answer> =>
  ask(`${issuer}/register`, () => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: typeof metadata === 'string' ? metadata : JSON.stringify(metadata),
  }));

export const metadataOf = (key: ClientKey, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  client_name: 'conformance agent',
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: [key.publicJwk] },
  ...more,
});

/** A registered agent with a key of its own. */
export async function registerAgent(issuer: string, iat: string, key: ClientKey = generateKey()): Promise<Client> {
  const { status, body } = await register(issuer, iat, metadataOf(key));
  if (status !== 201) throw new Error(`the agent was not registered: ${status} ${String(body?.error)}`);
  return { issuer, clientId: body.client_id as string, key };
}
