import { readFile } from 'node:fs/promises';
import { type NoteKey, parseNoteKeys } from '@chancery/audit/roll';
import type { AdminApi } from '../admin.js';
import { Refused } from '../failure.js';
import { fileTrouble } from './file-trouble.js';
import { readKeys } from './roll-api.js';

/** The keys to verify with: those that were named, as text or in a file, else those of the running Chancery. @throws Refused */
export async function noteKeys(named: string | undefined, admin: AdminApi): Promise<readonly NoteKey[]> {
  const keys = named === undefined ? parseNoteKeys(await readKeys(admin)) : (parseNoteKeys(named) ?? parseNoteKeys(await contentOf(named)));
  if (keys) return keys;
  throw new Refused(
    `${named === undefined ? 'what answers' : '--key'} is no public key of a roll: it needs NAME+ID+KEY, a JWK or a PEM (Ed25519)`,
  );
}

async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw fileTrouble(error, '--key is no public key, and no file that holds one');
  }
}
