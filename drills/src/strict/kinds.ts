import { claimsOf } from '@chancery/testing';
import { generateKey } from '@chancery/oauth/client';
import { type Answer, askToken, type Client, metadataOf, narrow, register, revokeToken } from '../client/client.js';
import { type Iat, type Operator, patiently } from '../client/operator.js';

/** Whose authority a round reduces: an agent with a token, and a child of that. */
export interface Subject {
  readonly client: Client;
  readonly iat: Iat;
  readonly token: string;
  readonly child: string;
  readonly grant: string;
  readonly className: string;
}

/** One request that races: it may have its answer before the act, and must be refused behind it. */
export interface Racer {
  readonly what: 'issue' | 'exchange' | 'register';
  ask(at: string): Promise<Answer>;
}

/** An act that reduces authority, what races it, and what the wire says behind it. */
export interface Kind {
  readonly name: string;
  readonly refused: Partial<Record<Racer['what'], string>>;
  /** Whether tokens from before the act die: a narrowed class is no revocation. */
  readonly kills: boolean;
  racers(subject: Subject): readonly Racer[];
  act(subject: Subject, operator: Operator, at: string): Promise<Answer>;
}

const wide = 'demo:read demo:write';
const reason = 'a drill';

const issue = ({ client }: Subject): Racer => ({ what: 'issue', ask: (at) => askToken(client, { at, form: { scope: wide } }) });
const exchange = ({ client }: Subject, token: string): Racer => ({
  what: 'exchange',
  ask: (at) => narrow(client, token, { at, form: { scope: wide } }),
});
const registration = ({ client, iat }: Subject): Racer => ({
  what: 'register',
  ask: (at) => register(client.issuer, iat.token, metadataOf(client.key), at),
});

const ends =
  (noun: string, id: (subject: Subject) => string, verb = 'revoke'): Kind['act'] =>
  (subject, { operate }, at) =>
    operate({ scope: 'chancery:revoke', path: `/${noun}/${id(subject)}/${verb}`, body: { reason }, at });

const ofTheGrant = (subject: Subject) => [
  exchange(subject, subject.token),
  exchange(subject, subject.token),
  exchange(subject, subject.child),
];
const ofTheAgent = (subject: Subject) => [
  issue(subject),
  issue(subject),
  exchange(subject, subject.token),
  exchange(subject, subject.child),
];
const gone = { issue: '401 invalid_client', exchange: '401 invalid_client' };

/** Every act that reduces somebody's authority. */
export const kinds: readonly Kind[] = [
  {
    name: 'a grant, by an operator',
    refused: { exchange: '400 invalid_request' },
    kills: true,
    racers: ofTheGrant,
    act: ends('grants', ({ grant }) => grant),
  },
  {
    name: 'a grant, by its client',
    refused: { exchange: '400 invalid_request' },
    kills: true,
    racers: ofTheGrant,
    act: ({ client, token }, _, at) => revokeToken(client, token, at),
  },
  {
    name: 'an agent, suspended',
    refused: gone,
    kills: true,
    racers: ofTheAgent,
    act: ends('agents', ({ client }) => client.clientId, 'suspend'),
  },
  { name: 'an agent, revoked', refused: gone, kills: true, racers: ofTheAgent, act: ends('agents', ({ client }) => client.clientId) },
  {
    name: 'an initial access token',
    refused: { ...gone, register: '401 invalid_token' },
    kills: true,
    racers: (subject) => [...ofTheAgent(subject).slice(1), registration(subject)],
    act: ends('iats', ({ iat }) => iat.id),
  },
  {
    name: 'a class, narrowed',
    refused: { issue: '400 invalid_scope', exchange: '400 invalid_scope' },
    kills: false,
    racers: ofTheAgent,
    act: ({ className }, operator, at) => defineClass(operator, { className, scope: ['demo:read'], at }),
  },
];

const defineClass = (operator: Operator, { className, scope, at }: { className: string; scope: string[]; at: string }): Promise<Answer> =>
  operator.operate({
    scope: 'chancery:policy',
    method: 'PUT',
    path: `/classes/${className}`,
    at,
    body: {
      profile: 'ai_agent',
      scope,
      audiences: [`${operator.issuer}/demo`],
      grant_types: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
      auth_methods: ['private_key_jwt'],
      sender_constraint: ['dpop'],
      access_token_lifetime: 600,
      lease: 86_400,
      max_uses: 10,
      max_iat_lifetime: 86_400,
    },
  });

/** What a round begins with: a class, an initial access token, an agent, a token and its child of its own. */
export async function newSubject(operator: Operator, at: string, round: number): Promise<Subject> {
  const className = `drill-${round}`;
  const defined = await patiently(() => defineClass(operator, { className, scope: ['demo:read', 'demo:write'], at }));
  if (defined.status >= 300) throw new Error(`no class was defined: ${defined.status} ${JSON.stringify(defined.body)}`);
  const iat = await operator.mintIat({ class: className, uses: 3 });
  const key = generateKey();
  const { body: registered } = await patiently(() => register(operator.issuer, iat.token, metadataOf(key), at));
  const client: Client = { clientId: registered.client_id, key, issuer: operator.issuer };
  const { body: first } = await patiently(() => askToken(client, { at, form: { scope: wide } }));
  const { body: second } = await patiently(() => narrow(client, first.access_token, { at, form: { scope: wide } }));
  return {
    client,
    iat,
    token: first.access_token,
    child: second.access_token,
    grant: claimsOf(first.access_token)['grant_id'] ?? '',
    className,
  };
}
