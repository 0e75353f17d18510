import type { AgentEvent, ConfigEvent, GrantEvent, IatEvent } from '@chancery/events';
import type { AgentState, KnownAgent } from '../agent/agent.decider.js';
import { rightsOf } from '../agent/rights.js';
import type { ConfigState } from '../config/config.decider.js';
import type { IatState } from '../iat/iat.decider.js';

type Registered = Extract<AgentEvent, { type: 'agent.registered' }>;
type Lapse = Extract<AgentEvent, { type: 'agent.expiry-warned' | 'agent.expired' | 'agent.deleted' }>;
type Replaced = Extract<AgentEvent, { type: 'agent.registration-replaced' }>;
export type Issuance = Exclude<GrantEvent, { type: 'grant.revoked' }>;

export interface World {
  now: number;
  config: ConfigState;
  iat: IatState;
  agents: Record<string, AgentState>;
  events: (AgentEvent | ConfigEvent | IatEvent | Issuance)[];
}

/** Seconds before its end from which a lease is warned of. */
export const warnAhead = 300;
export const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';

export const issuances = ({ events }: World) =>
  events.filter((event) => event.type === 'grant.token-issued' || event.type === 'grant.token-exchanged');

/** Policy, said once more and from the events alone: what is wrong with the last event, or with anybody's rights after it. */
export function breaches(world: World): string[] {
  const last = world.events.at(-1);
  const found = Object.values(world.agents).flatMap((state) => (state.status === 'unknown' ? [] : breachesOfRights(state, world)));
  if (last?.type === 'agent.registered') found.push(...breachesOfMetadata(last, world), ...breachesOfRegistration(last, world));
  if (last?.type === 'agent.registration-replaced') found.push(...breachesOfMetadata(last, world), ...breachesOfReplacement(last, world));
  if (last?.type === 'agent.renewed') found.push(...breachesOfRenewal(last, world));
  if (last?.type === 'agent.expiry-warned' || last?.type === 'agent.expired' || last?.type === 'agent.deleted')
    found.push(...breachesOfLapse(last, world));
  if (last?.type === 'grant.token-issued' || last?.type === 'grant.token-exchanged') found.push(...breachesOfToken(last, world));
  return found;
}

const outside = (part: readonly string[], whole: readonly string[] | undefined) => part.some((value) => !whole?.includes(value));
const claims = (list: [wrong: boolean, what: string][]) => list.filter(([wrong]) => wrong).map(([, what]) => what);
const lastOf = <Type extends World['events'][number]['type']>(world: World, type: Type, which: (event: never) => boolean = () => true) =>
  world.events.findLast((event) => event.type === type && which(event as never)) as
    | Extract<World['events'][number], { type: Type }>
    | undefined;
const classNow = (world: World) => lastOf(world, 'config.class-defined');

function breachesOfRights(known: KnownAgent, world: World): string[] {
  const rights = rightsOf(known, world.config);
  const now = classNow(world);
  return claims([
    [outside(rights.scope, known.scope) || outside(rights.scope, now?.scope), 'scope beyond registration or class'],
    [outside(rights.audiences, known.audiences) || outside(rights.audiences, now?.audiences), 'audience beyond registration or class'],
    [
      outside(rights.grantTypes, known.grantTypes) || outside(rights.grantTypes, now?.grantTypes),
      'grant type beyond registration or class',
    ],
    [!rights.dpopRequired && (known.dpopBound || now?.dpopRequired !== false), 'bearer against registration or class'],
  ]);
}

const actsOf = (world: World, agentId: string) =>
  world.events.filter((act) => act.type.startsWith('agent.') && (act as AgentEvent).agentId === agentId) as AgentEvent[];

/** Whether it was suspended, and not resumed since. */
const isSuspended = (acts: readonly AgentEvent[]): boolean =>
  acts.findLast(({ type }) => type === 'agent.suspended' || type === 'agent.resumed')?.type === 'agent.suspended';

const leaseOf = (acts: readonly AgentEvent[]): number =>
  acts.reduce((end, act) => (act.type === 'agent.registered' || act.type === 'agent.renewed' ? (act.leaseEndsAt ?? 0) : end), 0);

function breachesOfReplacement(event: Replaced, world: World): string[] {
  const acts = actsOf(world, event.agentId).slice(0, -1);
  return claims([
    [acts.some(({ type }) => type === 'agent.revoked' || type === 'agent.deleted'), 'an ended agent was replaced'],
    [isSuspended(acts), 'a suspended agent was replaced'],
    [lastOf(world, 'iat.revoked') !== undefined, 'replaced under a revoked IAT'],
    [leaseOf(acts) <= world.now, 'replaced after the end of the registration'],
  ]);
}

function breachesOfRenewal({ agentId, leaseEndsAt }: Extract<AgentEvent, { type: 'agent.renewed' }>, world: World): string[] {
  const before = leaseOf(actsOf(world, agentId).slice(0, -1));
  return claims([
    [leaseEndsAt !== world.now + (classNow(world)?.lease ?? 0), 'renewed lease'],
    [before >= leaseEndsAt || before <= world.now, 'renewed for nothing, or too late'],
  ]);
}

function breachesOfLapse(event: Lapse, world: World): string[] {
  const acts = actsOf(world, event.agentId).slice(0, -1);
  const since = acts.slice(acts.findLastIndex(({ type }) => type === 'agent.renewed') + 1).map(({ type }) => type);
  const end = leaseOf(acts);
  if (event.type === 'agent.deleted') return claims([[event.cause === 'lease_ended' && world.now < end, 'deleted before the end']]);
  const warned = event.type === 'agent.expiry-warned';
  return claims([
    [acts.some(({ type }) => type === 'agent.revoked' || type === 'agent.deleted'), 'an ended agent lapsed'],
    [since.includes(event.type) || (warned && since.includes('agent.expired')), 'said twice of one lease'],
    [event.leaseEndsAt !== end, 'said of another lease'],
    [warned ? world.now < end - warnAhead || world.now >= end : world.now < end, 'said at the wrong time'],
  ]);
}

function breachesOfMetadata(event: Registered | Replaced, world: World): string[] {
  const now = classNow(world);
  return claims([
    [event.scope.length === 0 || outside(event.scope, now?.scope), 'registered scope'],
    [outside(event.audiences, now?.audiences), 'registered audience'],
    [event.grantTypes.length === 0 || outside(event.grantTypes, now?.grantTypes), 'registered grant type'],
    [outside([event.authMethod], now?.authMethods), 'registered authentication method'],
    [event.authMethod === 'private_key_jwt' && !(event.jwks ?? event.jwksUri), 'registered without a key'],
    [!event.dpopBound && now?.dpopRequired !== false, 'registered as bearer'],
    [event.profile !== now?.profile, 'registered profile'],
  ]);
}

function breachesOfRegistration(event: Registered, world: World): string[] {
  const now = classNow(world);
  const earlier = world.events.slice(0, -1);
  return claims([
    [event.leaseEndsAt !== world.now + (now?.lease ?? 0), 'lease'],
    [(event.slot ?? 0) < 1 || (event.slot ?? 0) > 4, 'more uses than minted'],
    [earlier.some(({ type }) => type === 'iat.closed' || type === 'iat.revoked') || world.now >= 4_000, 'registered under an ended IAT'],
  ]);
}

function breachesOfToken(event: Issuance, world: World): string[] {
  const acts = actsOf(world, event.agentId);
  const owner = acts.findLast((act) => act.type === 'agent.registered' || act.type === 'agent.registration-replaced');
  const now = classNow(world);
  const resource = lastOf(world, 'config.resource-defined', (defined: { resource: string }) => defined.resource === event.audience);
  const grantType = event.type === 'grant.token-issued' ? 'client_credentials' : exchangeGrant;
  return [
    ...claims([
      [
        acts.some(({ type }) => type === 'agent.revoked' || type === 'agent.deleted') || isSuspended(acts),
        'issued to one that may not act',
      ],
      [outside([grantType], owner?.grantTypes) || outside([grantType], now?.grantTypes), 'grant type'],
      [outside([event.audience], owner?.audiences) || outside([event.audience], now?.audiences) || !resource, 'audience'],
      [event.scope.length === 0, 'nothing issued'],
      [[owner, now, resource].some((ceiling) => outside(event.scope, ceiling?.scope)), 'scope beyond agent, class or resource'],
      [event.proofKey === undefined && (owner?.dpopBound !== false || now?.dpopRequired !== false), 'bearer'],
      [event.expiresAt <= world.now || event.expiresAt > leaseOf(acts), 'beyond the lease'],
      [event.expiresAt > world.now + (now?.accessTokenLifetime ?? 0), 'beyond the lifetime'],
    ]),
    ...(event.type === 'grant.token-exchanged' ? breachesOfChild(event, world) : []),
  ];
}

function breachesOfChild(child: Extract<Issuance, { type: 'grant.token-exchanged' }>, world: World): string[] {
  const parent = issuances(world).find(({ grantId }) => grantId === child.parent);
  const above = parent?.type === 'grant.token-exchanged' ? parent.lineage.map(({ grant }) => grant) : [];
  return claims([
    [outside(child.scope, parent?.scope), 'child with more scope'],
    [child.audience !== parent?.audience, 'child for another audience'],
    [child.expiresAt > (parent?.expiresAt ?? 0), 'child that outlives its parent'],
    [parent?.proofKey !== undefined && child.proofKey !== parent.proofKey, 'child bound to another key'],
    [child.agentId !== parent?.agentId || child.subject !== parent.subject, 'child of another agent'],
    [JSON.stringify(child.lineage.map(({ grant }) => grant)) !== JSON.stringify([child.parent, ...above]), 'lineage cut'],
  ]);
}
