import { expectNoSecret } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import { recordingTerminal } from '../spec-kit/command-line.js';
import { type Fault, makeBelieve } from '../spec-kit/make-believe.js';
import { width } from '../text.js';
import { play } from './play.js';

async function played(fault?: Fault) {
  const chancery = await makeBelieve(fault);
  const terminal = recordingTerminal({ columns: 80 });
  const status = await play(chancery.operatorFile, terminal, { log: 200, revocation: 200 });
  await chancery.close();
  return { status, lines: terminal.written, chancery };
}

describe('the story', () => {
  it('exits 0 when every step held, each with its number and evidence', async () => {
    const { status, lines } = await played();
    expect(lines.filter((line) => line.includes('✗'))).toEqual([]);
    expect(status).toBe(0);
    expect(lines.flatMap((line) => /^(\d) {2}\S/.exec(line)?.[1] ?? [])).toEqual(['1', '2', '3', '4', '5', '6', '7']);
    const perStep = lines
      .join('\n')
      .split(/^\d {2}.*$/m)
      .slice(1)
      .map((step) => step.match(/^ {3}✓/gm)?.length ?? 0);
    expect(perStep.filter((evidence) => evidence < 2 || evidence > 4)).toEqual([]);
    expect(lines.at(-1)).toMatch(/^✓ all 7 steps held in \d+\.\d s; from revoked to refused: \d+ ms$/);
  });

  it('fits 80 columns', async () => {
    const { lines } = await played();
    expect(lines.filter((line) => width(line) > 80)).toEqual([]);
  });

  it('shows no token and no key', async () => {
    const { lines, chancery } = await played();
    expectNoSecret(lines.join('\n'), { "the operator's key": chancery.secret }, 'the story');
    expect(lines.join('\n')).not.toMatch(/x\.[\w-]{20,}\.x/); // what its access tokens look like
  });

  it.each<[Fault, step: number, expected: string]>([
    ['iat-of-another-class', 1, 'expected class default and 1 use, saw class root and 1'],
    ['scope-narrowed-in-silence', 2, 'expected 201 with scope demo:read demo:write, saw 201 with demo:read'],
    ['lease-over', 2, 'expected a lease in the future'],
    ['iat-opens-two', 2, 'expected 401 for a second registration, saw 201'],
    ['token-for-another-key', 3, "expected a DPoP token bound to the agent's key, saw DPoP and xxx"],
    ['token-lives-a-day', 3, 'expected a life of at most 900 s, saw 86400'],
    ['issuance-unrecorded', 3, 'expected grant.token-issued with jti tk_gr_parent in the log, saw nothing'],
    ['call-unrecorded', 4, 'expected a record of each call, saw activity.allowed GET 200'],
    ['context-vouched-by-nobody', 4, "expected model and source in each record, vouched for by the agent's key"],
    ['replay-accepted', 4, 'saw 200, 200, 401'],
    ['other-key-accepted', 4, 'saw 200, 401 invalid_token, 200'],
    ['child-keeps-scope', 5, 'expected scope demo:read for at most 60 s'],
    ['child-outlives', 5, 'saw demo:read for 61 s'],
    ['child-without-lineage', 5, 'expected the lineage gr_parent, saw none'],
    ['child-may-write', 5, 'expected 403 insufficient_scope for POST with the child, saw 201'],
    ['child-survives', 6, 'expected 401 for both within 200 ms, saw parent'],
    ['parent-survives', 6, 'saw parent never, child'],
    ['parent-exchangeable', 6, 'expected 400 for exchanging the parent, saw a token'],
    ['agent-survives', 7, 'expected 401 from /token, saw a token'],
    ['revocation-unrecorded', 7, 'expected agent.revoked with operator and reason in the log'],
  ])('exits 1 where a promise is broken: %s', async (fault, step, expected) => {
    const { status, lines } = await played(fault);
    expect(status).toBe(1);
    const joined = lines.map((line) => line.trim()).join(' ');
    expect(joined).toContain('✗');
    expect(joined).toContain(expected);
    expect(lines.at(-1)).toBe(`✗ step ${step} did not hold; ${step - 1} of 7 steps held`);
  });

  it('says what happened when a step cannot be played', async () => {
    const chancery = await makeBelieve();
    chancery.handlers['POST /register'] = () => ({ status: 500, body: '<html>' });
    const terminal = recordingTerminal({ columns: 80 });
    expect(await play(chancery.operatorFile, terminal)).toBe(1);
    await chancery.close();
    expect(terminal.written.join(' ')).toContain('saw 500 with none');
  });
});
