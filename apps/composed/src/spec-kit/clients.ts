import { readFileSync } from 'node:fs';
import { type ClientKey, generateKey, keyFromJwk, makeAssertion, makeProof } from '@chancery/oauth/client';

const clientCredentials = 'client_credentials';
const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';

/** An answer of the server: its status and its JSON, whatever they are. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- a spec states what is in it
  readonly body: any;
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}

/** A registered client, as a spec plays it: it can ask any replica, and every part of a request can be said otherwise. */
export interface Client {
  readonly clientId: string;
  readonly key: ClientKey;
  readonly issuer: string;
}

export interface TokenAsk {
  /** The replica that is asked; the issuer unless told. */
  readonly at?: string;
  readonly form?: Readonly<Record<string, string>>;
  /** Said instead of a fresh one; undefined: none at all. */
  readonly assertion?: string | undefined;
  readonly proof?: string | undefined;
  readonly proofKey?: ClientKey;
}

const assertionOf = ({ clientId, key, issuer }: Client): string => makeAssertion({ clientId, issuer, key });

const proofAt = (url: string, key: ClientKey, accessToken?: string, method = 'POST'): string =>
  makeProof({ key, method, url, ...(accessToken !== undefined && { accessToken }) });

/** `POST /token` with a fresh assertion and proof, but for what the spec says instead. */
export async function askToken(client: Client, ask: TokenAsk = {}): Promise<Answer> {
  const { issuer } = client;
  const assertion = 'assertion' in ask ? ask.assertion : assertionOf(client);
  const proof = 'proof' in ask ? ask.proof : proofAt(`${issuer}/token`, ask.proofKey ?? client.key);
  const form = new URLSearchParams({ grant_type: clientCredentials, resource: `${issuer}/demo`, ...ask.form });
  if (assertion !== undefined) {
    form.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer');
    form.set('client_assertion', assertion);
  }
  const headers: Record<string, string> = {
    'content-type': 'application/x-www-form-urlencoded',
    ...(proof !== undefined && { dpop: proof }),
  };
  return answerOf(await fetch(`${ask.at ?? issuer}/token`, { method: 'POST', headers, body: form.toString() }));
}

/** A child of a token: narrowed, for the same key. */
export const narrow = (client: Client, subjectToken: string, ask: TokenAsk = {}): Promise<Answer> =>
  askToken(client, {
    ...ask,
    form: { grant_type: tokenExchange, subject_token: subjectToken, subject_token_type: accessTokenType, ...ask.form },
  });

export interface ApiCall {
  readonly at?: string;
  readonly method?: string;
  readonly path?: string;
  readonly proof?: string;
  readonly body?: unknown;
}

/** A call through the gateway, with a fresh proof unless told. */
export async function callApi(client: Client, token: string, call: ApiCall = {}): Promise<Answer> {
  const { method = 'GET', path = '/demo/notes', body } = call;
  const dpop = call.proof ?? proofAt(`${client.issuer}${path.split('?')[0]}`, client.key, token, method);
  return answerOf(
    await fetch(`${call.at ?? client.issuer}${path}`, {
      method,
      headers: { authorization: `DPoP ${token}`, dpop, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
  );
}

/** The first operator, from its credential. */
export function operatorFrom(path: string): Client {
  const { issuer, client_id: clientId, private_key } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, never>;
  return { issuer: String(issuer), clientId: String(clientId), key: keyFromJwk(private_key as unknown as object) };
}

/** One operator's act through `/admin/v1`, with a token of that scope. */
export async function administer(
  operator: Client,
  act: { scope: string; method?: string; path: string; body?: unknown; at?: string },
): Promise<Answer> {
  const { scope, method = 'POST', path, body, at } = act;
  const asked = { form: { resource: `${operator.issuer}/admin`, scope }, ...(at !== undefined && { at }) };
  const { status, body: token } = await askToken(operator, asked);
  if (status !== 200) throw new Error(`the operator got no token: ${status}`);
  const call = { method, path: `/admin/v1${path}`, ...(body !== undefined && { body }), ...(at !== undefined && { at }) };
  return callApi(operator, token.access_token, call);
}

/** A fresh initial access token of the class. */
export async function mintIat(operator: Client, wish: { class?: string; uses?: number } = {}): Promise<{ id: string; token: string }> {
  const { status, body } = await administer(operator, { scope: 'chancery:registry', path: '/iats', body: { class: 'default', ...wish } });
  if (status !== 201) throw new Error(`no initial access token was minted: ${status}`);
  return { id: body.id, token: body.initial_access_token };
}

/** `POST /register`, as it was asked. */
export async function register(issuer: string, iat: string, metadata: Record<string, unknown>, at = issuer): Promise<Answer> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${iat}` };
  return answerOf(await fetch(`${at}/register`, { method: 'POST', headers, body: JSON.stringify(metadata) }));
}

export const metadataOf = (key: ClientKey, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  client_name: 'spec agent',
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: [key.publicJwk] },
  ...more,
});

/** A registered agent with a key of its own. */
export async function newAgent(operator: Client, wish: { iat?: string } = {}): Promise<Client> {
  const key = generateKey();
  const iat = wish.iat ?? (await mintIat(operator)).token;
  const { status, body } = await register(operator.issuer, iat, metadataOf(key));
  if (status !== 201) throw new Error(`the agent was not registered: ${status}`);
  return { clientId: body.client_id, key, issuer: operator.issuer };
}

/** `POST /revoke` (RFC 7009) of a token, by whose it is. */
export async function revokeToken(client: Client, token: string, at = client.issuer): Promise<Answer> {
  const body = new URLSearchParams({
    token,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertionOf(client),
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return answerOf(await fetch(`${at}/revoke`, { method: 'POST', headers, body: body.toString() }));
}
