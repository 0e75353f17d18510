import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventStore } from '@chancery/eventstore';
import { hold } from '@chancery/eventstore/embedded';
import { generateKey } from '@chancery/oauth/client';
import { newSecret } from '@chancery/platform';
import type { FirstOperator } from '@chancery/registration';

/** Where the first operator's credential lies (design §12). */
export const operatorFile = (dataDir: string): string => join(dataDir, 'operator.json');

const draftOf = (path: string): string => `${path}.draft`;

/**
 * A new operator, whose credential is on disk, under another name, before the event that makes it one: a crash in between leaves a file to take up again,
 * never an operator nobody has the key of.
 */
export function draftOperator(issuer: string, path: string): FirstOperator {
  const { privateKey, publicJwk, thumbprint } = generateKey();
  const clientId = `op_${newSecret().slice(0, 22)}`;
  const private_key = { ...privateKey.export({ format: 'jwk' }), kid: thumbprint, alg: 'ES256' };
  const credential = { issuer, client_id: clientId, private_key };
  writeFileSync(draftOf(path), `${JSON.stringify(credential, null, 2)}\n`, { mode: 0o600, flush: true });
  return { clientId, jwk: { ...publicJwk, kid: thumbprint, alg: 'ES256' } as FirstOperator['jwk'] };
}

/** A draft becomes the credential when its operator was registered, and goes when it was not: of two first starts at once one seeds. */
export async function takeUpDraft(path: string, store: EventStore): Promise<void> {
  const draft = draftOf(path);
  if (!existsSync(draft)) return;
  const clientId = clientIdIn(draft);
  const registered = clientId !== undefined && (await store.read(`main/agent/${clientId}`)).length > 0;
  if (registered) renameSync(draft, path);
  else rmSync(draft);
}

/** Undefined for a draft that was not written to its end: its operator was never made. */
function clientIdIn(draft: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(draft, 'utf8')) as { client_id: string }).client_id;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** One at a time makes an operator for this folder: another's draft would look like one that nobody needs. @throws DataFolderHeldError */
export async function oneAtATime<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  const held = hold(join(dataDir, 'operator.lock'));
  try {
    return await work();
  } finally {
    held.release();
  }
}
