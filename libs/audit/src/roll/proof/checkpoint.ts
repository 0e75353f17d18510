import { type KeyObject, sign, verify } from 'node:crypto';
import { parseHash } from './hashes.js';
import { keyIdOf, type NoteKey } from './note-key.js';

/** The head of the roll's tree at one size. */
export interface TreeHead {
  /** Which roll: an issuer without its scheme, and a path. It is also the name of the key. */
  readonly origin: string;
  /** Entries. */
  readonly size: number;
  readonly root: Buffer;
}

/** A tree head as C2SP tlog-checkpoint has it, signed as C2SP signed-note says, with Ed25519. */
export function signCheckpoint(head: TreeHead, privateKey: KeyObject, publicKey: KeyObject): string {
  const text = textOf(head);
  const signature = Buffer.concat([keyIdOf(head.origin, publicKey), sign(null, Buffer.from(text), privateKey)]);
  return `${text}\n— ${head.origin} ${signature.toString('base64')}\n`;
}

const textOf = ({ origin, size, root }: TreeHead): string => `${origin}\n${size}\n${root.toString('base64')}\n`;

// Extension lines are not in what we sign, so a note with one is not ours.
const form = /^([^\s+]{1,512})\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/=]{44})\n\n((?:— [^\s+]{1,512} [A-Za-z0-9+/=]{8,8192}\n){1,16})$/;

/** What a checkpoint says, whoever signed it; undefined where the text is none. */
export function readCheckpoint(note: string): TreeHead | undefined {
  const [, origin = '', size = '', rootText = ''] = form.exec(note) ?? [];
  const root = parseHash(rootText);
  return root && { origin, size: Number(size), root };
}

/**
 * What a checkpoint says, if one of the keys signed it. Signatures of unknown keys are ignored (they may be witnesses'); one of a known key
 * that does not verify makes the whole note worthless (C2SP signed-note, "Signatures").
 */
export function openCheckpoint(note: string, keys: readonly NoteKey[]): TreeHead | undefined {
  const head = readCheckpoint(note);
  if (head === undefined) return undefined;
  const text = Buffer.from(textOf(head));
  const signatures = note.slice(note.lastIndexOf('\n\n') + 2).trimEnd();
  const judged = signatures.split('\n').map((line) => judge(line, { text, head, keys }));
  return judged.includes('bad') || !judged.includes('good') ? undefined : head;
}

function judge(line: string, { text, head, keys }: { text: Buffer; head: TreeHead; keys: readonly NoteKey[] }): 'good' | 'bad' | 'unknown' {
  const [, name = '', base64 = ''] = line.split(' ');
  const bytes = Buffer.from(base64, 'base64');
  const key = keys.find(
    (each) => name === head.origin && (each.name ?? name) === name && keyIdOf(name, each.key).equals(bytes.subarray(0, 4)),
  );
  if (key === undefined) return 'unknown';
  // Base64 has several ways to write the same bytes; a note has one.
  return bytes.toString('base64') === base64 && verify(null, text, key.key, bytes.subarray(4)) ? 'good' : 'bad';
}
