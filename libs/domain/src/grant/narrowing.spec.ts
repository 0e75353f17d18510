import type { AgentEvent, ConfigEvent } from '@chancery/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agent } from '../agent/agent.decider.js';
import { config } from '../config/config.decider.js';
import { exchangeToken, type SubjectToken } from './exchange-token.js';

/** Few enough to meet often; spellings that a careless comparison takes for one another or for "everything". */
const words = ['a', 'b', 'c', 'A', 'a ', 'a:b', '*', 'a:*', ''];
const scope = fc.array(fc.constantFrom(...words), { maxLength: 8 });
const asked = fc.option(scope, { nil: undefined });

const audience = 'https://notes.example';
const registered = (scopes: string[], leaseEndsAt: number): AgentEvent => ({
  type: 'agent.registered',
  agentId: 'ag_1',
  class: 'writers',
  profile: 'ai_agent',
  authMethod: 'private_key_jwt',
  grantTypes: ['urn:ietf:params:oauth:grant-type:token-exchange'],
  scope: scopes,
  audiences: [audience],
  dpopBound: false,
  leaseEndsAt,
  by: 'it_1',
});
const writers = (scopes: string[], accessTokenLifetime: number): ConfigEvent => ({
  type: 'config.class-defined',
  class: 'writers',
  profile: 'ai_agent',
  scope: scopes,
  audiences: [audience],
  grantTypes: ['urn:ietf:params:oauth:grant-type:token-exchange'],
  authMethods: ['private_key_jwt'],
  dpopRequired: false,
  accessTokenLifetime,
  lease: 86_400,
  maxUses: 10,
  maxIatLifetime: 3_600,
  by: 'op',
});
const notes = (scopes: string[]): ConfigEvent => ({
  type: 'config.resource-defined',
  resource: audience,
  name: 'Notes',
  scope: scopes,
  by: 'op',
});

interface World {
  agentScope: string[];
  classScope: string[];
  resourceScope: string[];
  lifetime?: number;
  leaseEndsAt?: number;
}
const basis = ({ agentScope, classScope, resourceScope, lifetime = 600, leaseEndsAt = 100_000 }: World) => ({
  agent: agent.evolve(agent.initial, registered(agentScope, leaseEndsAt)),
  config: [notes(resourceScope), writers(classScope, lifetime)].reduce(config.evolve, config.initial),
});
const token = (scopes: string[], expiresAt: number): SubjectToken => ({
  grantId: 'gr_0',
  jti: 'tk_0',
  txn: 'tx_0',
  clientId: 'ag_1',
  subject: 'ag_1',
  subjectProfile: 'ai_agent',
  scope: scopes,
  audience,
  expiresAt,
  kid: 'k1',
  lineage: [],
  delegated: false,
});

function exchange(
  subject: SubjectToken,
  world: World,
  request: { at: number; scope?: string[] | undefined; expiresIn?: number | undefined },
) {
  const { at, scope: scopes, expiresIn } = request;
  return exchangeToken(
    {
      at,
      grantId: `${subject.grantId}+`,
      jti: `${subject.jti}+`,
      kid: 'k1',
      subject,
      ...(scopes && { scope: scopes }),
      ...(expiresIn !== undefined && { expiresIn }),
    },
    basis(world),
  );
}

/** The child as the next exchange's subject token. */
function childOf(subject: SubjectToken, decision: ReturnType<typeof exchange>): SubjectToken | undefined {
  const event = decision.ok ? decision.events[0] : undefined;
  return (
    event && { ...subject, grantId: event.grantId, jti: event.jti, scope: event.scope, expiresAt: event.expiresAt, lineage: event.lineage }
  );
}

const worlds = fc.record({ agentScope: scope, classScope: scope, resourceScope: scope });

describe('the scope of a child, whatever the scopes (S-079)', () => {
  it('is what was asked if parent, agent, class and resource all have it; else nothing is issued', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(worlds, scope, asked, (world, held, wanted) => {
        const allowed = new Set(words.filter((word) => [held, ...Object.values(world)].every((scopes) => scopes.includes(word))));
        const decision = exchange(token(held, 1_500), world, { at: 1_000, scope: wanted });
        seen.add(decision.ok ? 'issued' : decision.refusal);
        const expected = wanted?.some((word) => !allowed.has(word))
          ? 'scope_exceeds_parent'
          : (wanted ? wanted.length : allowed.size) === 0
            ? 'scope_empty'
            : [...new Set(wanted ?? allowed)].toSorted();
        const actual = decision.ok ? decision.events.flatMap((event) => [...new Set(event.scope)].toSorted()) : decision.refusal;
        expect(actual).toEqual(expected);
      }),
      { numRuns: 2_000 },
    );
    expect([...seen].toSorted()).toEqual(['issued', 'scope_empty', 'scope_exceeds_parent']);
  });

  it('never grows over five exchanges, however the class moves between them', () => {
    let children = 0;
    const wide = fc.subarray(words, { minLength: 5 });
    const step = fc.record({
      world: fc.record({ agentScope: wide, classScope: wide, resourceScope: wide }),
      wanted: fc.option(fc.subarray(words, { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 2 }),
    });
    fc.assert(
      fc.property(wide, fc.array(step, { minLength: 5, maxLength: 5 }), (held, steps) => {
        let parent = token(held, 1_500);
        for (const { world, wanted } of steps) {
          const child = childOf(parent, exchange(parent, world, { at: 1_000, scope: wanted }));
          if (!child) continue;
          children++;
          expect(parent.scope).toEqual(expect.arrayContaining([...child.scope]));
          expect(child.lineage.map(({ grant }) => grant)).toEqual([parent.grantId, ...parent.lineage.map(({ grant }) => grant)]);
          parent = child;
        }
      }),
      { numRuns: 500 },
    );
    // A run in which nothing was issued would prove nothing. About a thousand are: the bound is out of the reach of chance.
    expect(children).toBeGreaterThan(100);
  });
});

describe('the end of a child, whenever it is made (S-085)', () => {
  const always = { agentScope: ['a'], classScope: ['a'], resourceScope: ['a'] };

  it('is after now and never after the end of parent, lease, class lifetime or wish', () => {
    const times = fc.record({
      at: fc.integer({ min: 1_000, max: 3_000 }),
      parentEnd: fc.integer({ min: 900, max: 3_000 }),
      leaseEndsAt: fc.integer({ min: 900, max: 4_000 }),
      lifetime: fc.integer({ min: 300, max: 900 }),
      expiresIn: fc.option(fc.integer({ min: 1, max: 2_000 }), { nil: undefined }),
    });
    let issued = 0;
    fc.assert(
      fc.property(times, ({ at, parentEnd, leaseEndsAt, lifetime, expiresIn }) => {
        const child = childOf(
          token(['a'], parentEnd),
          exchange(token(['a'], parentEnd), { ...always, lifetime, leaseEndsAt }, { at, expiresIn }),
        );
        const end = Math.min(parentEnd, leaseEndsAt, at + lifetime, at + (expiresIn ?? Infinity));
        expect(child?.expiresAt).toBe(end > at ? end : undefined);
        if (child) issued++;
      }),
      { numRuns: 1_000 },
    );
    expect(issued).toBeGreaterThan(100);
  });

  it('stays where it is when a chain is exchanged every second, and the chain stops there', () => {
    let parent = token(['a'], 1_010);
    const ends: (number | string)[] = [];
    for (let at = 1_003; at <= 1_010; at++) {
      const decision = exchange(parent, always, { at });
      const child = childOf(parent, decision);
      ends.push(child ? child.expiresAt : decision.ok ? 'no event' : decision.refusal);
      parent = child ?? parent;
    }
    expect(ends).toEqual([...Array(7).fill(1_010), 'subject_expired']);
  });
});

describe('the lineage of a child', () => {
  const always = { agentScope: ['a'], classScope: ['a'], resourceScope: ['a'] };
  const from = (changed: Partial<SubjectToken>) => exchange({ ...token(['a'], 1_500), ...changed }, always, { at: 1_000 });

  it('keeps what every hop rests on, software versions and the foreign issuer of the root too (EXC-08)', () => {
    const root = { grant: 'gr_00', agent: 'ag_1', kid: 'k0', sw: 'cal@1', src: 'https://other.example' };
    expect(from({ software: 'cal@2', lineage: [root] })).toMatchObject({
      events: [{ lineage: [{ grant: 'gr_0', agent: 'ag_1', kid: 'k1', sw: 'cal@2' }, root] }],
    });
  });

  it('has eight hops at most', () => {
    const hops = (count: number) => Array.from({ length: count }, (_, hop) => ({ grant: `gr_0${hop}`, agent: 'ag_1', kid: 'k1' }));
    expect(from({ lineage: hops(7) }).ok).toBe(true);
    expect(from({ lineage: hops(8) })).toEqual({ ok: false, refusal: 'lineage_too_deep' });
  });
});
