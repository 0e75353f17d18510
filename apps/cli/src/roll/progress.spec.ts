import { describe, expect, it } from 'vitest';
import { recordingTerminal } from '../spec-kit/command-line.js';
import { bar, progress } from './progress.js';

describe('a progress bar', () => {
  it('fills as the work is done', () => {
    expect([bar(0, 200, 'entries'), bar(100, 200, 'entries'), bar(200, 200, 'gateways')]).toEqual([
      '░░░░░░░░░░░░░░░░░░░░░░░░   0 %  0 of 200 entries',
      '████████████░░░░░░░░░░░░  50 %  100 of 200 entries',
      '████████████████████████ 100 %  200 of 200 gateways',
    ]);
  });

  it('shows when it has taken a second, then ten times a second, and goes at the end', () => {
    const terminal = recordingTerminal();
    let now = 0;
    const shown = progress(terminal, { clock: () => now });
    for (; now <= 1_250; now += 50) shown.at({ done: now, of: 2_000 });
    shown.end();
    expect(terminal.statuses).toEqual([bar(1_000, 2_000, 'entries'), bar(1_100, 2_000, 'entries'), bar(1_200, 2_000, 'entries'), '']);
  });

  it('leaves no trace of what was quick', () => {
    const terminal = recordingTerminal();
    const shown = progress(terminal, { clock: () => 0 });
    shown.at({ done: 1, of: 2 });
    shown.end();
    expect(terminal.statuses).toEqual([]);
  });
});
