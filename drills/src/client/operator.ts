import { readFileSync } from 'node:fs';
import { generateKey, keyFromJwk } from '@chancery/oauth/client';
import { waitFor } from '@chancery/testing';
import { type Answer, askToken, callApi, type Client, metadataOf, register } from './client.js';

export interface OperatorAct {
  readonly scope: 'chancery:registry' | 'chancery:revoke' | 'chancery:policy' | 'chancery:audit';
  readonly method?: string;
  /** Below `/admin/v1`. */
  readonly path: string;
  readonly body?: unknown;
  /** The door that is asked; the issuer unless told. */
  readonly at?: string;
}

export interface Iat {
  readonly id: string;
  readonly token: string;
}

/** The first operator, as a client of Chancery like any other. */
export interface Operator extends Client {
  operate(act: OperatorAct): Promise<Answer>;
  mintIat(wish?: { class?: string; uses?: number }): Promise<Iat>;
  /** A registered agent with a key of its own. */
  newAgent(iat?: Iat): Promise<Client>;
}

/** How long a token serves: half of its life. In milliseconds. */
const fresh = 300_000;

/** @param now seconds since 1970; this machine's clock unless told */
export function operatorFrom(path: string, now?: () => number): Operator {
  const { issuer, client_id: clientId, private_key: jwk } = JSON.parse(readFileSync(path, 'utf8')) as Credential;
  const client: Client = { issuer, clientId, key: keyFromJwk(jwk), ...(now && { now }) };
  const tokens = new Map<string, { token: string; since: number }>();
  const tokenFor = async (scope: string, at: string): Promise<string> => {
    const known = tokens.get(scope);
    if (known && performance.now() - known.since < fresh) return known.token;
    const { status, body } = await askToken(client, { at, form: { resource: `${issuer}/admin`, scope } });
    if (status !== 200) throw new Error(`the operator got no token: ${status}`);
    tokens.set(scope, { token: body.access_token, since: performance.now() });
    return body.access_token;
  };
  const operate: Operator['operate'] = async ({ scope, method = 'POST', path: below, body, at = issuer }) =>
    callApi(client, await tokenFor(scope, at), { at, method, path: `/admin/v1${below}`, ...(body !== undefined && { body }) });
  const mintIat: Operator['mintIat'] = async (wish = {}) => {
    const { status, body } = await patiently(() =>
      operate({ scope: 'chancery:registry', path: '/iats', body: { class: 'default', ...wish } }),
    );
    if (status !== 201) throw new Error(`no initial access token was minted: ${status} ${JSON.stringify(body)}`);
    return { id: body.id, token: body.initial_access_token };
  };
  return {
    ...client,
    operate,
    mintIat,
    async newAgent(iat) {
      const key = generateKey();
      const opening = iat ?? (await mintIat());
      const { status, body } = await patiently(() => register(issuer, opening.token, metadataOf(key)));
      if (status !== 201) throw new Error(`the agent was not registered: ${status} ${JSON.stringify(body)}`);
      return { clientId: body.client_id, key, issuer };
    },
  };
}

interface Credential {
  readonly issuer: string;
  readonly client_id: string;
  readonly private_key: object;
}

/** Asks again while the server says that it cannot know yet: then "come again" is the right answer, and none to what is asked here. */
export const patiently = (ask: () => Promise<Answer>): Promise<Answer> =>
  waitFor(
    async () => {
      const answer = await ask();
      return answer.status !== 503 && answer;
    },
    { timeout: 60_000, every: 50 },
  );
