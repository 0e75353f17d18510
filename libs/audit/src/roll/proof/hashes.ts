import { hash } from 'node:crypto';

const sha256 = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer');

// One first byte for each kind, so that nothing of one kind can be passed off as another (RFC 9162 §2.1.1).
const leafPrefix = Buffer.of(0);
const nodePrefix = Buffer.of(1);
const chainPrefix = Buffer.of(2);

/** Bytes of a SHA-256 hash. */
export const hashBytes = 32;

/** What the chain hash of entry 1 goes back to. */
export const chainStart: Buffer = Buffer.alloc(hashBytes);

/** Root of the tree without leaves (RFC 9162 §2.1.1). */
export const emptyRoot: Buffer = sha256(Buffer.alloc(0));

/** Hash of one leaf (RFC 9162 §2.1.1). */
export const leafHash = (leaf: Uint8Array): Buffer => sha256(Buffer.concat([leafPrefix, leaf]));

/** Hash of two neighbouring subtrees (RFC 9162 §2.1.1). */
export const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer => sha256(Buffer.concat([nodePrefix, left, right]));

/** Hash of an entry and, through the hash before it, of everything before it. */
export const chainHash = (before: Uint8Array, entry: Uint8Array): Buffer => sha256(Buffer.concat([chainPrefix, before, entry]));

/** A hash as base64 (RFC 4648 §4), in the one way to write it; undefined for any other text. */
export function parseHash(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === hashBytes && bytes.toString('base64') === text ? bytes : undefined;
}
