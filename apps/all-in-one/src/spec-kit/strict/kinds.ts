import { generateKey } from '@chancery/oauth/client';
import { type Answer, answerOf, askToken, assertionOf, type Client, metadataOf, narrow, register } from '../clients.js';
import { patiently } from './patiently.js';
import { newIat, type World } from './world.js';

/** Whose authority a round reduces: an agent with a token, and a child of that. */
export interface Subject {
  readonly client: Client;
  readonly iat: { readonly id: string; readonly token: string };
  readonly token: string;
  readonly child: string;
  readonly grantId: string;
  /** A class of its own, where the round narrows one. */
  readonly className: string;
}

/** One request that races: it must have a token before the act, and must be refused behind it. */
export interface Racer {
  readonly what: 'issue' | 'exchange' | 'register';
  ask(at: string): Promise<Answer>;
}

/** An act that reduces authority, what it is raced by, and what the wire says behind it. */
export interface Kind {
  readonly name: string;
  readonly iat: 'shared' | 'own' | 'of its own class';
  readonly refused: Partial<Record<Racer['what'], string>>;
  /** Whether tokens from before the act are dead at a gateway: a narrowed class is not a revocation. */
  readonly kills: boolean;
  racers(subject: Subject): readonly Racer[];
  act(subject: Subject, world: World, at: string): Promise<Answer>;
}

const wide = 'demo:read demo:write';
const reason = 'a race';

const issue = ({ client }: Subject): Racer => ({ what: 'issue', ask: (at) => askToken(client, { at, form: { scope: wide } }) });
const exchange = ({ client }: Subject, token: string): Racer => ({
  what: 'exchange',
  ask: (at) => narrow(client, token, { at, form: { scope: wide } }),
});
// With the same key, so that whoever comes of it can be played, too.
const registration = ({ client, iat }: Subject): Racer => ({
  what: 'register',
  ask: (at) => register(client.issuer, iat.token, metadataOf(client.key), at),
});

const operatorEnds =
  (noun: string, id: (subject: Subject) => string, verb = 'revoke'): Kind['act'] =>
  (subject, { operate }, at) =>
    operate({ scope: 'chancery:revoke', path: `/${noun}/${id(subject)}/${verb}`, body: { reason }, at });

const childrenOfBoth = (subject: Subject) => [
  exchange(subject, subject.token),
  exchange(subject, subject.token),
  exchange(subject, subject.child),
];
const allOfAnAgent = (subject: Subject) => [
  issue(subject),
  issue(subject),
  exchange(subject, subject.token),
  exchange(subject, subject.child),
];
const nothingForTheAgent = { issue: '401 invalid_client', exchange: '401 invalid_client' };

const grantByOperator: Kind = {
  name: 'a grant, by an operator',
  iat: 'shared',
  refused: { exchange: '400 invalid_request' },
  kills: true,
  racers: childrenOfBoth,
  act: operatorEnds('grants', ({ grantId }) => grantId),
};

const grantByClient: Kind = {
  ...grantByOperator,
  name: 'a grant, by its client',
  async act({ client, token }, _, at) {
    const form = new URLSearchParams({
      token,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertionOf(client),
    });
    return answerOf(await fetch(`${at}/revoke`, { method: 'POST', body: form }));
  },
};

const agentSuspended: Kind = {
  name: 'an agent, suspended',
  iat: 'shared',
  refused: nothingForTheAgent,
  kills: true,
  racers: allOfAnAgent,
  act: operatorEnds('agents', ({ client }) => client.clientId, 'suspend'),
};

const agentRevoked: Kind = { ...agentSuspended, name: 'an agent, revoked', act: operatorEnds('agents', ({ client }) => client.clientId) };

const iatRevoked: Kind = {
  name: 'an initial access token',
  iat: 'own',
  refused: { issue: '401 invalid_client', exchange: '401 invalid_client', register: '401 invalid_token' },
  kills: true,
  racers: (subject) => [issue(subject), exchange(subject, subject.token), exchange(subject, subject.child), registration(subject)],
  act: operatorEnds('iats', ({ iat }) => iat.id),
};

const classNarrowed: Kind = {
  name: 'a class, narrowed',
  iat: 'of its own class',
  refused: { issue: '400 invalid_scope', exchange: '400 invalid_scope' },
  kills: false,
  racers: allOfAnAgent,
  act: ({ client, className }, world, at) => defineClass(world, at, { className, issuer: client.issuer, scope: ['demo:read'] }),
};

/** Every kind, with how many rounds of a thousand are played of it. */
export const kinds: readonly (readonly [Kind, number])[] = [
  [grantByOperator, 200],
  [grantByClient, 200],
  [agentSuspended, 200],
  [agentRevoked, 150],
  [iatRevoked, 150],
  [classNarrowed, 100],
];

const defineClass = (
  world: World,
  at: string,
  { className, issuer, scope }: { className: string; issuer: string; scope: string[] },
): Promise<Answer> =>
  world.operate({
    scope: 'chancery:policy',
    method: 'PUT',
    path: `/classes/${className}`,
    at,
    body: {
      profile: 'ai_agent',
      scope,
      audiences: [`${issuer}/demo`],
      grant_types: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
      auth_methods: ['private_key_jwt'],
      sender_constraint: ['dpop'],
      access_token_lifetime: 600,
      lease: 86_400,
      max_uses: 10,
      max_iat_lifetime: 86_400,
    },
  });

/** What a round begins with, made at one replica. */
export async function prepare(kind: Kind, world: World, { issuer, number }: { issuer: string; number: number }): Promise<Subject> {
  const at = world.replicas[number % 2] ?? issuer;
  const className = `race-${number}`;
  if (kind.iat === 'of its own class')
    await patiently(() => defineClass(world, at, { className, issuer, scope: ['demo:read', 'demo:write'] }));
  const iat =
    kind.iat === 'shared'
      ? world.sharedIat
      : await newIat(world.operate, at, { class: kind.iat === 'own' ? 'default' : className, uses: 3 });
  const key = generateKey();
  const { body: registered } = await patiently(() => register(issuer, iat.token, metadataOf(key), at));
  const client: Client = { clientId: registered.client_id, key, issuer };
  const { body: first } = await patiently(() => askToken(client, { at, form: { scope: wide } }));
  const { body: second } = await patiently(() => narrow(client, first.access_token, { at, form: { scope: wide } }));
  return { client, iat, token: first.access_token, child: second.access_token, grantId: grantOf(first.access_token), className };
}

export const grantOf = (token: string): string =>
  (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { grant_id: string }).grant_id;
