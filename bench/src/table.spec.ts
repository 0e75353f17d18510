import { describe, expect, it } from 'vitest';
import { table } from './table.js';

describe('the table of figures', () => {
  it('says ours beside the peer, with bounds and verdict, in columns of one width', () => {
    const text = table([
      {
        name: 'token/secret',
        unit: '/s',
        ours: 12_313,
        peer: 5_865,
        ratio: 2.42,
        judgedBy: 'cpu',
        p50: 5.2,
        p99: 10,
        cpu: 71,
        databaseCpu: 20,
        memory: 150,
        limitedBy: 'client',
        peerDid: { p50: 9.5, p99: 33, cpu: 172, memory: 200 },
        bounds: { of: 'ratio', direction: 'at least', floor: 1.5, goal: 2 },
      },
      { name: 'memory/revocation', unit: 'bytes', ours: 118, bounds: { of: 'ours', direction: 'at most', floor: 120, goal: 85 } },
      { name: 'pool', unit: 'ms', ours: 0, peerDid: { cpu: 7 } },
    ]);
    const [head, rule, first, second, third] = text
      .split('\n')
      .map((line) => line.split(/(?<= )\|(?= )/).map((cell) => cell.replace(/^\||\|$/g, '').trim()));
    expect(head?.[0]).toBe('figure');
    expect(rule?.every((cell) => /^-+$/.test(cell))).toBe(true);
    expect(first).toEqual([
      'token/secret',
      '12313 /s',
      '5865',
      '2.42 by CPU',
      '≥ 1.5 → 2×',
      '5.2 / 10 (9.5 / 33)',
      '71+20 (172)',
      '150 (200)',
      'client',
      'goal',
    ]);
    expect(second).toEqual(['memory/revocation', '118 bytes', '', '', '≤ 120 → 85', '', '', '', '', 'floor']);
    expect(third?.at(-1)).toBe('not judged');
    expect(text).toContain('| (7) ');
    expect(new Set(text.split('\n').map((line) => line.length)).size).toBe(1);
  });
});
