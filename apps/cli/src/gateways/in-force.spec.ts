import { describe, expect, it } from 'vitest';
import type { ListedGateway } from './gateway-list.js';
import { FanOutWatch, type Revocation } from './in-force.js';

const at = '2026-11-24T22:57:03.123456Z';
const revocation: Revocation = { at, position: '41' };
/** Of the first list. */
const as_of = '2026-11-24T22:57:03.150000Z';

const gateway = (name: string, change: Partial<ListedGateway> = {}): ListedGateway => ({
  name,
  applied_through: '2026-11-24T22:57:02.000000Z',
  heard_at: '2026-11-24T22:57:03.140000Z',
  alive: true,
  budget: 30,
  applied: [],
  ...change,
});
const holding = (name: string, since: string, change: Partial<ListedGateway> = {}) =>
  gateway(name, {
    applied: [
      { position: '40', at: '2026-11-24T22:57:01.000000Z' },
      { position: '41', at: since },
    ],
    ...change,
  });

/** What one list after the other makes of it. */
function standing(lists: readonly (readonly ListedGateway[])[], revoked = revocation) {
  const watch = new FanOutWatch(revoked, { as_of });
  for (const gateways of lists) watch.take({ gateways });
  return watch.standing;
}

describe('a revocation', () => {
  it('is in force where a gateway says so of it, since the last of them did', () => {
    const gateways = [holding('gw-1', '2026-11-24T22:57:03.130000Z'), holding('gw-2', '2026-11-24T22:57:03.161556Z')];
    expect(standing([gateways])).toMatchObject({ inForce: 2, of: 2, afterMs: 38, denyBy: undefined, missing: [], longestBudget: 30 });
  });

  it('is not in force where a gateway says so of another one, older or newer', () => {
    const applied = ['40', '42'].map((position) => ({ position, at: '2026-11-24T22:57:03.140000Z' }));
    expect(standing([[gateway('gw-1', { applied })]])).toMatchObject({ inForce: 0, of: 1, missing: ['gw-1'] });
  });

  it('is in force where a gateway is complete through a time after it was answered, from when it first said so', () => {
    const first = gateway('gw-1', { applied_through: as_of, heard_at: '2026-11-24T22:57:03.623456Z' });
    const later = { ...first, heard_at: '2026-11-24T22:57:09.000000Z' };
    expect(standing([[gateway('gw-1')], [first], [later]])).toMatchObject({ inForce: 1, of: 1, afterMs: 500 });
  });

  it('is not in force at one that is complete through less: it may have been committed after that', () => {
    for (const applied_through of [at, '2026-11-24T22:57:03.149999Z'])
      expect(standing([[gateway('gw-1', { applied_through })]])).toMatchObject({ inForce: 0, missing: ['gw-1'] });
  });

  it('never took less than no time, whatever a gateway’s clock says', () => {
    expect(standing([[holding('gw-1', '2026-11-24T22:57:03.123000Z')]])).toMatchObject({ afterMs: 0 });
  });

  it('is looked for by time alone where it is not known which event it was', () => {
    const gateways = [gateway('gw-1', { applied_through: as_of }), holding('gw-2', at)];
    expect(standing([gateways], {})).toMatchObject({ inForce: 1, of: 2, missing: ['gw-2'] });
  });
});

describe('gateways that count', () => {
  it('are those that were heard just now', () => {
    const gateways = [holding('gw-1', at), gateway('gw-2', { alive: false })];
    expect(standing([gateways])).toMatchObject({ inForce: 1, of: 1, afterMs: 0 });
  });

  it('are also those that fall silent while somebody waits: they may go on letting calls through', () => {
    const before = [holding('gw-1', at), gateway('gw-2')];
    const after = [holding('gw-1', at), gateway('gw-2', { alive: false })];
    expect(standing([before, after])).toMatchObject({ inForce: 1, of: 2, missing: ['gw-2'], afterMs: undefined });
  });

  it('have it by a word that came late, though they have fallen silent since', () => {
    const late = { ...holding('gw-1', at), alive: false };
    expect(standing([[gateway('gw-1')], [late]])).toMatchObject({ inForce: 1, of: 1 });
  });

  it('stay in force when their position has left the list of the latest', () => {
    expect(standing([[holding('gw-1', at)], [gateway('gw-1')]])).toMatchObject({ inForce: 1, of: 1 });
  });

  it('may begin to while somebody waits', () => {
    expect(standing([[holding('gw-1', at)], [holding('gw-1', at), gateway('gw-2')]])).toMatchObject({ inForce: 1, of: 2 });
  });
});

describe('those that do not have it', () => {
  const microseconds = Date.parse('2026-11-24T22:57:03Z') * 1_000 + 123_456;

  it('deny at the end of the longest budget among them, counted from the revocation', () => {
    const gateways = [holding('gw-1', at, { budget: 60 }), gateway('gw-2', { budget: 5 }), gateway('gw-3', { budget: 30 })];
    expect(standing([gateways])).toMatchObject({ denyBy: microseconds + 30_000_000, longestBudget: 60, missing: ['gw-2', 'gw-3'] });
  });

  it('deny nobody knows when if one of them does not say', () => {
    expect(standing([[gateway('gw-1'), gateway('gw-2', { budget: null })]])).toMatchObject({ denyBy: undefined, longestBudget: 30 });
    expect(standing([[gateway('gw-1', { budget: null })]])).toMatchObject({ longestBudget: undefined });
  });

  it('are all that were heard today where none was heard just now', () => {
    const gateways = [gateway('gw-1', { alive: false, budget: 5 }), gateway('gw-2', { alive: false })];
    expect(standing([gateways])).toMatchObject({ inForce: 0, of: 0, denyBy: microseconds + 30_000_000 });
    expect(standing([[]])).toMatchObject({ inForce: 0, of: 0, denyBy: undefined });
  });
});
