import {
  callResource,
  type ClientKey,
  makeProof,
  requestToken,
  type ResourceCall,
  ResponseError,
  type TokenResponse,
} from '@chancery/oauth/client';

/** What the agent in the story holds: nobody else ever has its private key. */
export interface Agent {
  readonly issuer: string;
  readonly clientId: string;
  readonly key: ClientKey;
}

/** An answer, as far as the story tells it. */
export interface Answer {
  readonly status: number;
  /** The OAuth error, from the body or the challenge. */
  readonly error?: string;
  readonly body: unknown;
}

const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';
export const demoScope = 'demo:read demo:write';

/** Milliseconds any single answer may take. */
const patience = 10_000;
const patiently: typeof fetch = (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(patience) });

/** Asks for a registration (RFC 7591 §3.1) with an initial access token and the public half of a key. */
export async function register(issuer: string, initialAccessToken: string, key: ClientKey): Promise<Answer> {
  const metadata = {
    client_name: 'Note keeper (demo)',
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [key.publicJwk] },
    grant_types: ['client_credentials', exchangeGrant],
    scope: demoScope,
    dpop_bound_access_tokens: true,
  };
  const response = await patiently(`${issuer}/register`, {
    method: 'POST',
    headers: { authorization: `Bearer ${initialAccessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(metadata),
    redirect: 'error',
  });
  return answerOf(response);
}

/** RFC 6749 §4.4 with RFC 8707 and RFC 9449. @throws ResponseError */
export const obtainToken = (agent: Agent): Promise<TokenResponse> =>
  askForToken(agent, { grant_type: 'client_credentials', resource: `${agent.issuer}/demo`, scope: demoScope });

/** RFC 8693: a narrower token for one task. @throws ResponseError */
export const narrowToken = (agent: Agent, subjectToken: string, wanted: { scope: string; expiresIn: number }): Promise<TokenResponse> =>
  askForToken(agent, {
    grant_type: exchangeGrant,
    subject_token: subjectToken,
    subject_token_type: accessTokenType,
    scope: wanted.scope,
    requested_expires_in: String(wanted.expiresIn),
  });

const askForToken = ({ issuer, clientId, key }: Agent, form: Record<string, string>): Promise<TokenResponse> =>
  requestToken({ issuer, fetch: patiently, clientId, clientKey: key, proofKey: key, form });

/** The refusal of a request that must not succeed; undefined when it did. */
export async function refusalOf(request: Promise<TokenResponse>): Promise<Answer | undefined> {
  try {
    await request;
    return undefined;
  } catch (error) {
    if (error instanceof ResponseError) return { status: error.status, body: error.body, ...named(error.body, null) };
    throw error;
  }
}

/** One call of the demo API through the gateway, with a fresh proof. */
export const callNotes = async (
  { issuer, key }: Agent,
  token: string,
  call: Pick<ResourceCall, 'method' | 'body' | 'agentContext'> & { proofKey?: ClientKey },
): Promise<Answer> => answerOf(await callResource({ fetch: patiently, url: `${issuer}/demo/notes`, token, proofKey: key, ...call }));

/** The same proof, twice: the second answer is what a thief of a request gets. */
export async function replay({ issuer, key }: Agent, token: string): Promise<readonly [Answer, Answer]> {
  const url = `${issuer}/demo/notes`;
  const headers = { authorization: `DPoP ${token}`, dpop: makeProof({ key, method: 'GET', url, accessToken: token }) };
  const first = await answerOf(await patiently(url, { headers, redirect: 'error' }));
  return [first, await answerOf(await patiently(url, { headers, redirect: 'error' }))];
}

async function answerOf(response: Response): Promise<Answer> {
  const body: unknown = await response.json().catch(() => undefined);
  return { status: response.status, body, ...named(body, response.headers.get('www-authenticate')) };
}

function named(body: unknown, challenge: string | null): { error?: string } {
  const written = typeof body === 'object' && body !== null && 'error' in body ? body.error : /error="([^"]*)"/.exec(challenge ?? '')?.[1];
  return typeof written === 'string' ? { error: written } : {};
}

/** Order means nothing in a scope (RFC 6749 §3.3). */
export const sameScope = (one: string | undefined, other: string): boolean =>
  one !== undefined && one.split(' ').toSorted().join(' ') === other.split(' ').toSorted().join(' ');

/** `401 invalid_token`, as the story prints it. */
export const spell = ({ status, error }: Answer): string => (error === undefined ? String(status) : `${status} ${error}`);
