import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { activityRecords, events } from './catalogue.js';
import { decodeEvent, encodeEvent } from './codec.js';
import type { EventDefinition } from './define-event.js';
import { revocationKinds, revokedForEver } from './revocation.js';
import { categories } from './stream.js';
import { topicOf } from './topics.js';

const all = [...events, ...activityRecords] as unknown as readonly EventDefinition[];

/** The frozen fixture, read and written again, and its stored data. */
function written(type: string) {
  const data = readFileSync(`${import.meta.dirname}/fixtures/${type}.v1.json`);
  return { ...encodeEvent(decodeEvent({ type, version: 1, data })), fields: JSON.parse(data.toString()) as Record<string, string> };
}

describe('fences', () => {
  // What can reduce somebody's authority. A wrong "false" lets a decision made before it stand; a wrong "true" only costs a second reading.
  const fences = {
    'iat.minted': false,
    'iat.closed': true,
    'iat.revoked': true,
    'agent.registered': false,
    'agent.approved': false,
    'agent.suspended': true,
    'agent.resumed': false,
    'agent.revoked': true,
    'agent.departed': true,
    'agent.registration-replaced': true,
    'agent.renewed': false,
    'agent.expiry-warned': false,
    'agent.expired': false,
    'agent.key-removed': true,
    'agent.secret-rotated': true,
    'agent.rat-confirmed': true,
    'agent.credentials-reissued': true,
    'agent.deleted': true,
    'config.class-defined': true,
    'config.resource-defined': true,
    'grant.token-issued': false,
    'grant.token-exchanged': false,
    'grant.revoked': true,
    'key.added': false,
    'key.activated': false,
    'key.revoked': true,
    'activity.allowed': false,
    'activity.denied': false,
    'activity.refused': false,
    'activity.refusals-counted': false,
    'activity.quarantine-decided': false,
    'gateway.acknowledged': false,
  };

  it('are the events that can reduce authority, and no others', () => {
    expect(Object.fromEntries(all.map(({ type, fence }) => [type, fence]))).toEqual(fences);
  });

  it('travel with the bytes that are written', () => {
    expect(all.map(({ type }) => [type, written(type).fence])).toEqual(Object.entries(fences));
  });

  it('are all events that revoke: whoever decided before them must look again', () => {
    expect(all.filter(({ revokes, fence }) => revokes !== undefined && !fence)).toEqual([]);
  });
});

describe('revocations', () => {
  const revokes: Record<string, { kind: string; field: string; of?: string }> = {
    'iat.revoked': { kind: 'iat', field: 'iatId' },
    'agent.suspended': { kind: 'agent', field: 'agentId' },
    'agent.revoked': { kind: 'agent', field: 'agentId' },
    // Of this agent alone: anybody may have registered another one's public key.
    'agent.key-removed': { kind: 'instance', of: 'agentId', field: 'thumbprint' },
    'agent.deleted': { kind: 'agent', field: 'agentId' },
    'grant.revoked': { kind: 'grant', field: 'grantId' },
    'key.revoked': { kind: 'key', field: 'kid' },
  };

  it.each(all.map(({ type }) => type))('of %s are exactly what its table row says', (type) => {
    const event = written(type);
    const row = revokes[type];
    const id = row && [row.of, row.field].flatMap((field) => event.fields[field ?? ''] ?? []).join('.');
    expect(event.revokes).toEqual(row ? [{ kind: row.kind, id }] : []);
  });

  it('are for ever, but for those who can come back (REV-05)', () => {
    expect(revocationKinds.filter((kind) => !revokedForEver[kind])).toEqual(['agent', 'instance', 'user']);
  });
});

describe('the catalogue', () => {
  it('has events in the past tense of a stream category, each on a topic', () => {
    const first = events.map(({ type }) => type.split('.')[0]);
    expect(first.filter((category) => !categories.includes(category as never))).toEqual([]);
    expect(categories.map((category) => [category, topicOf[category]])).toEqual([
      ['agent', 'chancery.registry'],
      ['instance', 'chancery.registry'],
      ['iat', 'chancery.registry'],
      ['config', 'chancery.registry'],
      ['grant', 'chancery.issuance'],
      ['user', 'chancery.issuance'],
      ['key', 'chancery.registry'],
      ['operator', 'chancery.registry'],
    ]);
  });

  it('keeps activity out of every stream', () => {
    const first = activityRecords.map(({ type }) => type.split('.')[0]);
    expect(first.filter((category) => categories.includes(category as never))).toEqual([]);
  });
});
