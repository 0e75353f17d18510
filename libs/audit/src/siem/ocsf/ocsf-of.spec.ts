import { readFileSync } from 'node:fs';
import type { ChanceryEvent } from '@chancery/events';
import { describe, expect, it } from 'vitest';
import { ocsfProblems } from '../../spec-kit/ocsf-schema.js';
import { exchanged, issued } from '../../spec-kit/records.js';
import type { Ocsf } from './base.js';
import { ocsfOf, siemRecord } from './ocsf-of.js';
import { type Issuance, type SiemEntry, type SiemEvent, siemTypes } from './siem-entry.js';

const entryOf = (event: ChanceryEvent, began?: ChanceryEvent): SiemEntry => ({
  tenant: 'main',
  position: 42,
  id: '0f4f3a86-8f5e-4b7e-9a52-0c1d2e3f4a5b',
  version: 1,
  decidedAt: 1_790_000_000_000,
  loggedAt: 1_790_000_000_250,
  event: event as SiemEvent,
  ...(began && { began: began as Issuance }),
});

const thumbprint = 'XhxtkWybO1zb70hDWU5MkCE4zC2xSSiQUORSTc__JOo';
const agentContext = {
  model: { provider: 'anthropic', name: 'claude' },
  source: { kind: 'user', ref: 'msg_1', sha256: 'q1MKE-RZFJgrefm34_uplM-R8_si97zT0KW1Y9PdJeY' },
  run_id: 'run_1',
  vouchedBy: 'agent_key',
} as const;
const whole = { proofKey: thumbprint, scopeRequested: ['demo:read', 'demo:write'], agentContext };
const hash = 'qMyfn0538PpI1Gb5L8YfB_qmda0DMu6XYCjO267VOkk';
const newRat = { ratHash: hash, previousRatEndsAt: 1_790_000_060 };
const replaced: ChanceryEvent = {
  type: 'agent.registration-replaced',
  agentId: 'ag_1',
  name: 'Summariser',
  profile: 'ai_agent',
  authMethod: 'client_secret_basic',
  secretHash: hash,
  grantTypes: ['client_credentials'],
  scope: ['demo:read'],
  audiences: ['https://id.example/demo'],
  dpopBound: true,
  ...newRat,
  by: 'ag_1',
};
const operatorsReason = { reason: 'laptop stolen', by: 'op_first' };

/** Every type, fully filled and as bare as its schema lets it be. */
const entries: Readonly<Record<string, SiemEntry>> = {
  'token-issued': entryOf(issued(whole)),
  'token-issued.bare': entryOf(issued({ subjectProfile: 'service', scope: [] })),
  'token-exchanged': entryOf({ ...exchanged, ...whole }),
  'grant-revoked': entryOf({ type: 'grant.revoked', grantId: 'gr_1', cause: 'operator', ...operatorsReason }, issued(whole)),
  'grant-revoked.bare': entryOf({ type: 'grant.revoked', grantId: 'gr_1', cause: 'client_request', by: 'ag_1' }),
  'agent-revoked': entryOf({ type: 'agent.revoked', agentId: 'ag_1', ...operatorsReason }),
  'agent-approved': entryOf({ type: 'agent.approved', agentId: 'ag_1', ...operatorsReason }),
  'agent-suspended': entryOf({ type: 'agent.suspended', agentId: 'ag_1', ...operatorsReason }),
  'agent-resumed': entryOf({ type: 'agent.resumed', agentId: 'ag_1', ...operatorsReason }),
  'registration-replaced': entryOf(replaced),
  'agent-renewed': entryOf({ type: 'agent.renewed', agentId: 'ag_1', leaseEndsAt: 1_790_086_400, by: 'ag_1' }),
  'agent-expired': entryOf({ type: 'agent.expired', agentId: 'ag_1', leaseEndsAt: 1_790_000_000, by: 'system' }),
  'key-removed': entryOf({ type: 'agent.key-removed', agentId: 'ag_1', thumbprint, by: 'ag_1' }),
  'secret-rotated': entryOf({
    type: 'agent.secret-rotated',
    agentId: 'ag_1',
    secretHash: hash,
    previousSecretEndsAt: 1_790_003_600,
    ...newRat,
    by: 'ag_1',
  }),
  'credentials-reissued': entryOf({ type: 'agent.credentials-reissued', agentId: 'ag_1', ratHash: hash, by: 'it_1' }),
  'agent-deleted': entryOf({ type: 'agent.deleted', agentId: 'ag_1', cause: 'client_request', by: 'ag_1' }),
  'agent-deleted.lease': entryOf({ type: 'agent.deleted', agentId: 'ag_1', cause: 'lease_ended', reason: 'grace over', by: 'system' }),
  'iat-revoked': entryOf({ type: 'iat.revoked', iatId: 'it_1', ...operatorsReason }),
  'key-revoked': entryOf({ type: 'key.revoked', purpose: 'access-token', kid: 'k1', reason: 'lost', by: 'system' }),
};
const all = Object.entries(entries);
const frozen = (name: string): unknown => JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'));

describe('a record for SIEMs', () => {
  it('is there for every type that is published', () => {
    expect(new Set(all.map(([, { event }]) => event.type))).toEqual(new Set(siemTypes));
  });

  it.each(all)('validates against the schema of OCSF 1.8.0 (SIEM-01 to SIEM-05, SIEM-09): %s', (_name, entry) => {
    expect(ocsfProblems(ocsfOf(entry, '1.2.3'))).toEqual([]);
  });

  it.each(all)('says what it said in the first release: %s', (name, entry) => {
    expect(ocsfOf(entry, '1.2.3')).toEqual(frozen(name));
  });

  it.each([
    ['token-issued', 'ag_1'],
    ['token-exchanged', 'ag_2'],
    ['grant-revoked', 'ag_1'],
    ['grant-revoked.bare', 'gr_1'],
    ['agent-revoked', 'ag_1'],
    ['agent-approved', 'ag_1'],
    ['agent-suspended', 'ag_1'],
    ['agent-resumed', 'ag_1'],
    ['registration-replaced', 'ag_1'],
    ['agent-renewed', 'ag_1'],
    ['agent-expired', 'ag_1'],
    ['key-removed', 'ag_1'],
    ['secret-rotated', 'ag_1'],
    ['credentials-reissued', 'ag_1'],
    ['agent-deleted', 'ag_1'],
    ['agent-deleted.lease', 'ag_1'],
    ['iat-revoked', 'it_1'],
    ['key-revoked', 'k1'],
  ])('of %s has the key %s, its position and its kind', (name, key) => {
    const record = siemRecord(entries[name] as SiemEntry, '1.2.3');
    expect([record.key, record.headers]).toEqual([key, { position: '42', 'content-type': 'application/json' }]);
    expect(JSON.parse(Buffer.from(record.value).toString())).toEqual(frozen(name));
  });

  it('has only the names that are documented among what the schema has no place for (SIEM-11)', () => {
    const names = new Set(all.flatMap(([, entry]) => Object.keys(ocsfOf(entry, '1.2.3')['unmapped'] as object)));
    const documented = readFileSync(new URL('../../../../../docs/siem.md', import.meta.url), 'utf8');
    expect([...names].filter((name) => !documented.includes(`| \`${name}\``))).toEqual([]);
  });
});

describe('the check against the schema', () => {
  const honest = ocsfOf(entries['token-issued'] as SiemEntry, '1.2.3');
  const changed = (change: Ocsf): string[] => ocsfProblems({ ...honest, ...change });
  const user = { uid: 'ag_1', type_id: 99, type: 'AI Agent' };

  it.each<[string, Ocsf, string]>([
    ['an attribute that is missing', { time: undefined }, 'time: is required'],
    ['a class of nobody', { class_uid: 3007 }, 'class_uid: 3007 is none of ours'],
    ['an activity without its type', { activity_id: 5 }, 'type_uid: does not follow'],
    ['a value out of its enumeration', { disposition_id: 77 }, 'disposition_id: 77 is not in its enumeration'],
    ['a name of the next version', { ai_agent: {} }, 'ai_agent: is not in the schema'],
    ['text for a number', { time: '1790000000000' }, 'time: is no timestamp_t'],
    ['nobody as the user', { user: {} }, 'user.: needs one of account, name, uid'],
    ['a word that its number does not mean', { user: { ...user, type_id: 1 } }, 'user.type_id: type says something else'],
    ['neither service nor endpoint', { service: undefined }, ': needs one of service, dst_endpoint'],
    [
      'a profile in use that is not named',
      { metadata: { version: '1.8.0', product: { name: 'x' } } },
      'action_id: belongs to a profile that is not named',
    ],
  ])('names %s', (_what, change, problem) => {
    expect(ocsfProblems(honest)).toEqual([]);
    expect(changed(change)).toContain(problem);
  });
});
