import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromSources, runProcess } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import { type Fault, makeBelieve } from '../spec-kit/make-believe.js';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

async function demo(fault?: Fault) {
  const chancery = await makeBelieve(fault);
  chancery.handlers['GET /health/ready'] = () => ({ body: {} });
  const child = runProcess(main, { nodeArgs: fromSources, env: { CHANCERY_DATA: dirname(chancery.operatorFile), NO_COLOR: undefined } });
  const { code } = await child.exit;
  await chancery.close();
  return { code, stdout: child.stdout(), stderr: child.stderr(), issuer: chancery.issuer };
}

describe('npm run demo', () => {
  it('plays at the Chancery that runs, without colours into a pipe', async () => {
    const { code, stdout, stderr, issuer } = await demo();
    expect(stderr).toBe('');
    expect(stdout).toContain(`An agent's whole life, at ${issuer}`);
    expect(stdout).toContain('all 7 steps held');
    expect(stdout).not.toContain('\u001b');
    expect(code).toBe(0);
  });

  it('exits 1 when a step did not hold', async () => {
    const { code, stdout } = await demo('child-may-write');
    expect(stdout).toContain('✗ step 5 did not hold; 4 of 7 steps held');
    expect(code).toBe(1);
  });
});
