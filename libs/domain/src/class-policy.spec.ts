import type { AgentEvent, ConfigEvent, GrantEvent, IatEvent } from '@chancery/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agent, type AgentState } from './agent/agent.decider.js';
import { departing } from './agent/depart.js';
import { registering } from './agent/register.js';
import { rightsOf, standing } from './agent/rights.js';
import { config } from './config/config.decider.js';
import { exchangeToken, iat, issueToken } from './index.js';

/*
 * Whatever is done to a class and to its agents, in whatever order: nobody has more than he registered, nor more than the class says now, and no
 * token is decided outside that. What is right is said here once more, from the events alone.
 */

type ClassDefined = Extract<ConfigEvent, { type: 'config.class-defined' }>;
type Registered = Extract<AgentEvent, { type: 'agent.registered' }>;
type Issuance = Exclude<GrantEvent, { type: 'grant.revoked' }>;
type Event = ConfigEvent | AgentEvent | Issuance;

const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange' as const;
const scopes = ['read', 'write', 'admin'];
const audiences = ['https://a.example', 'https://b.example'];
const keys = {
  ES256: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' },
  Ed25519: { kty: 'OKP', crv: 'Ed25519', x: 'x' },
  PS256: { kty: 'RSA', n: Buffer.alloc(256, 0xff).toString('base64url'), e: 'AQAB' },
} as const;
type Alg = keyof typeof keys;
const algorithms = Object.keys(keys) as Alg[];

const some = <T>(from: readonly T[]) => fc.subarray([...from], { minLength: 1 });
const seldom = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 1 });
const nobody = fc.nat({ max: 4 });

const definition = fc.record(
  {
    scope: some(scopes),
    audiences: some(audiences),
    grantTypes: some(['client_credentials', exchange] as const),
    authMethods: some(['private_key_jwt', 'client_secret_basic'] as const),
    dpopRequired: fc.boolean(),
    accessTokenLifetime: fc.integer({ min: 300, max: 900 }),
    lease: fc.integer({ min: 60, max: 2_000 }),
    defaultScope: some(scopes),
    keyAlgorithms: some(algorithms),
    minRsaBits: fc.constantFrom(2_048, 3_072),
    grace: fc.integer({ min: 0, max: 300 }),
    maxAgents: fc.integer({ min: 1, max: 5 }),
    approvalRequired: fc.boolean(),
  },
  { requiredKeys: ['scope', 'audiences', 'grantTypes', 'authMethods', 'dpopRequired', 'accessTokenLifetime', 'lease'] },
);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 300 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('define' as const), definition }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('register' as const),
      algs: fc.subarray(algorithms),
      scope: seldom(some(scopes)),
      dpopBound: seldom(fc.boolean()),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constantFrom('approve' as const, 'suspend' as const, 'resume' as const), agent: nobody }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('revoke' as const), agent: nobody }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('depart' as const), agent: nobody }) },
  {
    weight: 20,
    arbitrary: fc.record({
      do: fc.constantFrom('issue' as const, 'exchange' as const),
      agent: nobody,
      scope: seldom(some(scopes)),
      audience: fc.constantFrom(...audiences),
      proofKey: fc.constantFrom('p1', 'p1', undefined),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const said = <T extends object>(from: T) =>
  Object.fromEntries(Object.entries(from).filter(([, value]) => value !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };

const minted: IatEvent = { type: 'iat.minted', iatId: 'it_1', class: 'c', uses: 10_000, expiresAt: 1e9, tokenHash: 'h', by: 'op' };
const root = iat.evolve(iat.initial, minted);
const operatorsApi = { resource: 'https://id.example/admin', scope: [] };
const giver = { operatorScope: [], operatorsApi };
const resources = audiences.map((resource): ConfigEvent => ({
  type: 'config.resource-defined',
  resource,
  name: 'r',
  scope: scopes,
  by: 'op',
}));
const firstClass: ClassDefined = {
  type: 'config.class-defined',
  class: 'c',
  profile: 'ai_agent',
  scope: scopes,
  audiences,
  grantTypes: ['client_credentials', exchange],
  authMethods: ['private_key_jwt', 'client_secret_basic'],
  dpopRequired: false,
  accessTokenLifetime: 900,
  lease: 2_000,
  maxUses: 10_000,
  maxIatLifetime: 1e6,
  by: 'op',
};

class World {
  now = 1_000;
  readonly events: Event[] = [...resources, firstClass];

  of = <Type extends Event['type']>(type: Type) => this.events.filter((event) => event.type === type) as Extract<Event, { type: Type }>[];
  config = () =>
    this.events.filter((event) => event.type.startsWith('config.')).reduce((s, e) => config.evolve(s, e as ConfigEvent), config.initial);
  acts = (agentId: string) =>
    this.events.filter((event) => event.type.startsWith('agent.') && (event as AgentEvent).agentId === agentId) as AgentEvent[];
  agent = (agentId: string): AgentState => this.acts(agentId).reduce(agent.evolve, agent.initial);
  nth = (nth: number) => this.of('agent.registered').at(-1 - nth)?.agentId ?? 'ag_none';
  classNow = () => this.of('config.class-defined').at(-1) ?? firstClass;
}

function consider(world: World, move: Exclude<Step, { do: 'wait' }>) {
  const at = world.now;
  switch (move.do) {
    case 'define':
      return config.decide({ ...firstClass, ...move.definition, ...giver, type: 'define-class' }, world.config());
    case 'register': {
      const all = world.of('agent.registered');
      const counted = all.filter(({ admission }) => admission !== undefined).length;
      const crowd = { number: counted + 1, uncounted: all.length - counted, departed: world.of('agent.departed').length };
      const authMethod = move.algs.length > 0 ? ('private_key_jwt' as const) : ('client_secret_basic' as const);
      const asked = { authMethod, ...(move.algs.length > 0 && { jwks: move.algs.map((alg) => keys[alg]) }) };
      return registering.decide(
        {
          type: 'register-agent',
          at,
          agentId: `ag_${all.length}`,
          iat: root,
          config: world.config(),
          slot: 1,
          ratHash: 'r',
          ...(world.classNow().maxAgents !== undefined && { admission: crowd }),
          asked: { ...asked, ...said({ scope: move.scope, dpopBound: move.dpopBound }) },
        },
        agent.initial,
      );
    }
    case 'approve':
      return agent.decide(
        { type: 'approve-agent', reason: 'r', by: 'op', config: world.config(), ...giver },
        world.agent(world.nth(move.agent)),
      );
    case 'suspend':
    case 'resume':
    case 'revoke':
      return agent.decide({ type: `${move.do}-agent`, reason: 'r', by: 'op' }, world.agent(world.nth(move.agent)));
    case 'depart': {
      const departure = world.of('agent.departed').length + 1;
      return departing.decide({ type: 'depart-agent', at, iat: root, departure }, world.agent(world.nth(move.agent)));
    }
    case 'issue':
    case 'exchange':
      return considerToken(world, move);
  }
}

function considerToken(world: World, move: Extract<Step, { do: 'issue' | 'exchange' }>) {
  const agentId = world.nth(move.agent);
  const basis = { agent: world.agent(agentId), config: world.config() };
  const number = world.events.length;
  const command = {
    at: world.now,
    grantId: `gr_${number}`,
    jti: `tk_${number}`,
    kid: 'k1',
    ...said({ scope: move.scope, proofKey: move.proofKey, audience: move.audience }),
  };
  if (move.do === 'issue') return issueToken({ ...command, txn: 'tx' }, basis);
  const parent = world.of('grant.token-issued').findLast((issued) => issued.agentId === agentId);
  if (!parent) return undefined;
  const { grantId, jti, txn, subject, subjectProfile, scope, audience, expiresAt, kid } = parent;
  const token = {
    grantId,
    jti,
    txn,
    clientId: agentId,
    subject,
    subjectProfile,
    scope,
    audience,
    expiresAt,
    kid,
    lineage: [],
    delegated: false,
  };
  return exchangeToken({ ...command, subject: { ...token, ...said({ proofKey: parent.proofKey }) } }, basis);
}

const outside = (part: readonly string[], whole: readonly string[]) => part.some((value) => !whole.includes(value));
const algOf = ({ kty }: { kty: string }): Alg => (kty === 'RSA' ? 'PS256' : kty === 'OKP' ? 'Ed25519' : 'ES256');
const takes = ({ keyAlgorithms = algorithms, minRsaBits = 2_048 }: ClassDefined, jwks: Registered['jwks'] = []): boolean =>
  jwks.every((jwk) => keyAlgorithms.includes(algOf(jwk)) && (jwk.kty !== 'RSA' || minRsaBits <= 2_048));

/** What is wrong with anybody's rights, by what was registered and what the class says now. */
function breachesOfRights(world: World): string[] {
  const now = world.classNow();
  return world.of('agent.registered').flatMap((registered) => {
    const state = world.agent(registered.agentId);
    if (state.status === 'unknown') return ['an agent that is registered and unknown'];
    const rights = rightsOf(state, world.config());
    const wrong: [boolean, string][] = [
      [outside(rights.scope, registered.scope) || outside(rights.scope, now.scope), 'scope'],
      [outside(rights.audiences, registered.audiences) || outside(rights.audiences, now.audiences), 'audience'],
      [outside(rights.grantTypes, registered.grantTypes) || outside(rights.grantTypes, now.grantTypes), 'grant type'],
      [!rights.dpopRequired && (registered.dpopBound || now.dpopRequired), 'bearer'],
      [rights.authMethodAllowed && !now.authMethods.includes(registered.authMethod), 'authentication method'],
      [rights.keysAllowed && !takes(now, registered.jwks), 'key'],
      [rights.accessTokenLifetime > now.accessTokenLifetime, 'life of tokens'],
      [standing(state, world.now) === undefined && mayNotAct(world, registered), 'may act'],
    ];
    return wrong.filter(([is]) => is).map(([, what]) => what);
  });
}

/** By the events of its life alone. */
function mayNotAct(world: World, { agentId, awaitsApproval, leaseEndsAt = Infinity }: Registered): boolean {
  const acts = world.acts(agentId).map(({ type }) => type);
  const suspended = acts.lastIndexOf('agent.suspended') > acts.lastIndexOf('agent.resumed');
  const ended = acts.includes('agent.revoked') || acts.includes('agent.departed') || leaseEndsAt <= world.now;
  return suspended || ended || (awaitsApproval === true && !acts.includes('agent.approved'));
}

function breachesOfLast(world: World): string[] {
  const last = world.events.at(-1);
  const now = world.classNow();
  if (last?.type === 'agent.registered') {
    const crowd = world.of('agent.registered').length - world.of('agent.departed').length;
    const wrong: [boolean, string][] = [
      [crowd > (now.maxAgents ?? Infinity), 'more than may live'],
      [outside(last.scope, now.scope) || last.scope.length === 0, 'registered scope'],
      [!takes(now, last.jwks), 'registered key'],
      [now.approvalRequired === true && !last.awaitsApproval, 'let in without a word'],
    ];
    return wrong.filter(([is]) => is).map(([, what]) => what);
  }
  if (last?.type !== 'grant.token-issued' && last?.type !== 'grant.token-exchanged') return [];
  const owner = world.of('agent.registered').find(({ agentId }) => agentId === last.agentId);
  if (!owner) return ['a token of nobody'];
  const grantType = last.type === 'grant.token-issued' ? 'client_credentials' : exchange;
  const wrong: [boolean, string][] = [
    [mayNotAct(world, owner), 'issued to one that may not act'],
    [outside(last.scope, owner.scope) || outside(last.scope, now.scope) || last.scope.length === 0, 'issued scope'],
    [outside([last.audience], owner.audiences) || outside([last.audience], now.audiences), 'issued audience'],
    [outside([grantType], owner.grantTypes) || outside([grantType], now.grantTypes), 'issued by a grant'],
    [!takes(now, owner.jwks) || !now.authMethods.includes(owner.authMethod), 'issued to a key or method the class gave up'],
    [last.proofKey === undefined && (owner.dpopBound || now.dpopRequired), 'issued as bearer'],
    [last.expiresAt > Math.min(world.now + now.accessTokenLifetime, owner.leaseEndsAt ?? Infinity), 'issued too long'],
  ];
  return wrong.filter(([is]) => is).map(([, what]) => what);
}

describe('any sequence of changes to a class and its agents', () => {
  it('leaves everybody within what he registered and what the class says now, and every token too (S-003)', () => {
    const seen: Record<string, number> = {};
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 50, size: 'max' }), (story) => {
        const world = new World();
        for (const move of story) {
          if (move.do === 'wait') world.now += move.seconds;
          const decision = move.do === 'wait' ? undefined : consider(world, move);
          for (const event of decision?.ok ? decision.events : []) {
            world.events.push(event);
            seen[event.type] = (seen[event.type] ?? 0) + 1;
            expect(breachesOfLast(world)).toEqual([]);
          }
          if (decision && !decision.ok) seen[decision.refusal] = (seen[decision.refusal] ?? 0) + 1;
          expect(breachesOfRights(world)).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
    // A run in which one of these never came about would prove nothing of it.
    const events = ['agent.registered', 'agent.approved', 'agent.suspended', 'agent.resumed', 'agent.revoked', 'agent.departed'];
    const refusals = ['class_full', 'key_not_allowed', 'agent_pending', 'proof_missing', 'auth_method_not_allowed'];
    const wanted = [...events, ...refusals, 'grant.token-issued', 'grant.token-exchanged'];
    expect(wanted.filter((what) => (seen[what] ?? 0) < 5)).toEqual([]);
  });
});
