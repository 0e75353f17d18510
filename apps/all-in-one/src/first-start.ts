import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventStore } from '@chancery/eventstore';
import { generateKey } from '@chancery/oauth/client';
import { newSecret } from '@chancery/platform';
import { type FirstOperator, seed, seeded } from '@chancery/registration';

/** Where the first operator's credential lies (design §12). */
export const operatorFile = (dataDir: string): string => join(dataDir, 'operator.json');

/**
 * Makes the first operator and what it needs, once. The credential is on disk, under another name, before the event that makes it one:
 * a crash in between leaves a file to take up again, never an operator nobody has the key of.
 */
export async function firstStart(store: EventStore, issuer: string, dataDir: string): Promise<void> {
  const path = operatorFile(dataDir);
  const draft = `${path}.draft`;
  if (!(await seeded(store, issuer))) {
    const { operator, credential } = makeOperator(issuer);
    writeFileSync(draft, `${JSON.stringify(credential, null, 2)}\n`, { mode: 0o600, flush: true });
    // Of two first starts at once one seeds; the other's draft belongs to nobody.
    if (!(await seed(store, issuer, operator))) rmSync(draft);
  }
  if (existsSync(draft)) await takeUp(draft, path, store);
}

/** A draft becomes the credential when its operator was registered, and goes when it was not. */
async function takeUp(draft: string, path: string, store: EventStore): Promise<void> {
  const { client_id: clientId } = JSON.parse(readFileSync(draft, 'utf8')) as { client_id: string };
  const registered = (await store.read(`main/agent/${clientId}`)).length > 0;
  if (registered) renameSync(draft, path);
  else rmSync(draft);
}

interface Credential {
  readonly issuer: string;
  readonly client_id: string;
  readonly private_key: Readonly<Record<string, unknown>>;
}

function makeOperator(issuer: string): { operator: FirstOperator; credential: Credential } {
  const { privateKey, publicJwk, thumbprint } = generateKey();
  const clientId = `op_${newSecret().slice(0, 22)}`;
  const jwk = { ...publicJwk, kid: thumbprint, alg: 'ES256' } as FirstOperator['jwk'];
  const private_key = { ...privateKey.export({ format: 'jwk' }), kid: thumbprint, alg: 'ES256' };
  return { operator: { clientId, jwk }, credential: { issuer, client_id: clientId, private_key } };
}
