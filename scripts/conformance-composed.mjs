// Runs apps/conformance against the five processes: starts them as `npm run composed` does, in a folder of their own, and points the specs there.
// Where no Kafka broker can be had it says so, and with CI=true that is a failure. Arguments go to vitest.
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const folder = mkdtempSync(join(tmpdir(), 'chancery-conformance-'));
chmodSync(folder, 0o711); // PostgreSQL runs as another user when this one is root

const others = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CHANCERY_')));
const run = (args, env, stdio) => spawn(process.execPath, args, { env: { ...others, ...env }, stdio });
const ended = (child) => new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** The ready line's content, or what was said last on standard error. */
async function ready(child) {
  const said = [];
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line) > 40 && said.shift());
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('chancery ready ')) return { composed: JSON.parse(line.slice('chancery ready '.length)), said };
  }
  return { said };
}

const settings = { CHANCERY_DATA: join(folder, 'data'), CHANCERY_PORT: String(await freePort()), CHANCERY_LOG_LEVEL: 'warn' };
const server = run(['apps/composed/dist/main.js'], settings, ['ignore', 'pipe', 'pipe']);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => server.kill('SIGTERM'));
let status = 1;
try {
  const { composed, said } = await ready(server);
  if (composed) {
    const target = { CHANCERY_CONFORMANCE_ISSUER: composed.issuer, CHANCERY_CONFORMANCE_OPERATOR: composed.operator };
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--root', 'apps/conformance', ...process.argv.slice(2)];
    status = await ended(run(vitest, target, 'inherit'));
  } else {
    const missing = said.find((line) => line.includes('no Kafka broker'));
    console.error(missing ? `skipped against five processes: ${missing}` : said.join('\n'));
    status = missing && process.env.CI !== 'true' ? 0 : 1;
  }
} finally {
  const gone = server.exitCode === null ? ended(server) : Promise.resolve();
  server.kill('SIGTERM');
  await gone;
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
process.exit(status);
