import { type ClientKey, makeAssertion, makeProof } from '@chancery/oauth/client';

const clientCredentials = 'client_credentials';
const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const formType = 'application/x-www-form-urlencoded';

/** An answer of the server: its status and its JSON, whatever they are. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- a drill states what is in it
  readonly body: any;
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}

/** A registered client, as a drill plays it: it can ask at any door, and what is used once can be said again. */
export interface Client {
  readonly clientId: string;
  readonly key: ClientKey;
  readonly issuer: string;
  /** Seconds since 1970; the machine's clock unless told. */
  readonly now?: () => number;
}

export interface TokenAsk {
  /** The replica that is asked; the issuer unless told. */
  readonly at?: string;
  readonly form?: Readonly<Record<string, string>>;
  /** Said instead of a fresh one. */
  readonly assertion?: string;
  readonly proof?: string;
}

export const assertionOf = ({ clientId, key, issuer, now }: Client): string =>
  makeAssertion({ clientId, issuer, key, ...(now && { now: now() }) });

/** Of a call with that token, or of a request for one. */
export const proofAt = ({ key, now }: Client, url: string, call: { token?: string; method?: string } = {}): string =>
  makeProof({
    key,
    url,
    method: call.method ?? 'POST',
    ...(call.token !== undefined && { accessToken: call.token }),
    ...(now && { now: now() }),
  });

/** `POST /token` with a fresh assertion and proof, but for what is said instead. */
export async function askToken(client: Client, ask: TokenAsk = {}): Promise<Answer> {
  const { issuer } = client;
  const form = new URLSearchParams({
    grant_type: clientCredentials,
    resource: `${issuer}/demo`,
    client_assertion_type: assertionType,
    client_assertion: ask.assertion ?? assertionOf(client),
    ...ask.form,
  });
  const headers = { 'content-type': formType, dpop: ask.proof ?? proofAt(client, `${issuer}/token`) };
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
  const dpop = call.proof ?? proofAt(client, `${client.issuer}${path.split('?', 1)[0]}`, { token, method });
  return answerOf(
    await fetch(`${call.at ?? client.issuer}${path}`, {
      method,
      headers: { authorization: `DPoP ${token}`, dpop, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
  );
}

/** `POST /register`, as it was asked. */
export async function register(issuer: string, iat: string, metadata: Record<string, unknown>, at = issuer): Promise<Answer> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${iat}` };
  return answerOf(await fetch(`${at}/register`, { method: 'POST', headers, body: JSON.stringify(metadata) }));
}

export const metadataOf = (key: ClientKey): Record<string, unknown> => ({
  client_name: 'drill agent',
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: [key.publicJwk] },
});

/** `POST /revoke` (RFC 7009) of a token, by whose it is. */
export async function revokeToken(client: Client, token: string, at = client.issuer): Promise<Answer> {
  const body = new URLSearchParams({ token, client_assertion_type: assertionType, client_assertion: assertionOf(client) });
  const headers = { 'content-type': formType };
  return answerOf(await fetch(`${at}/revoke`, { method: 'POST', headers, body: body.toString() }));
}
