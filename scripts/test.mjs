// `npm test`: build, type-check, lint and test every project through Nx, against one PostgreSQL server for the whole run; then, one at a time,
// the specs that start services. Ends with a line `N passed, N failed` on every way out.
// Arguments go to Nx: `npm test -- --skip-nx-cache`, `npm test -- -p @chancery/domain`. CHANCERY_AFFECTED=1 tests what changed since main.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sumReports } from './sum-reports.mjs';

const nx = 'node_modules/nx/dist/bin/nx.js';
const command = process.env.CHANCERY_AFFECTED ? 'affected' : 'run-many';
const whole = command === 'run-many' && !process.argv.slice(2).some((argument) => /^(-p|--projects?)\b/.test(argument));

let interrupted;
let child;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    interrupted ??= signal;
    child?.kill(signal);
  });
}

/** Runs a script to its end; its exit status, or 1 for a signal. */
function run(args, env = {}) {
  if (interrupted) return 1;
  child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code ?? 1));
    child.once('error', () => resolve(1));
  });
}

async function withPostgres(use) {
  if (process.env.TEST_POSTGRES_URL) return use({});
  const home = mkdtempSync(join(tmpdir(), 'chancery-test-'));
  chmodSync(home, 0o711); // mkdtemp makes 0700, and the server may run as another user
  try {
    const { startEmbeddedPostgres } = await import('../libs/eventstore/dist/embedded/index.js');
    const server = await startEmbeddedPostgres({ dataDir: join(home, 'postgres'), volatile: true, onNotice: console.error });
    try {
      return await use({ TEST_POSTGRES_URL: server.url });
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function testEverything() {
  const synced = await run([nx, 'sync:check']);
  if (synced !== 0) return synced;
  // Once, for everything: what the Nx build targets then find done.
  const built = await run(['scripts/build.mjs']);
  if (built !== 0) return built;
  return withPostgres(async (env) => {
    const args = ['--outputStyle=static', ...process.argv.slice(2)];
    const parallel = await run([nx, command, '-t', 'build', 'typecheck', 'lint', 'test', ...args], env);
    const alone = await run([nx, command, '-t', 'e2e', ...args], env);
    return parallel || alone;
  });
}

rmSync('tmp/reports', { recursive: true, force: true });
let status = 1;
try {
  status = await testEverything();
} catch (error) {
  console.error(error);
}
const { passed, failed, skipped } = sumReports('tmp/reports');
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
// A run of everything that ran nothing is a broken run.
const empty = whole && passed === 0;
process.exit(interrupted === 'SIGINT' ? 130 : interrupted ? 143 : status || (failed > 0 || empty ? 1 : 0));
