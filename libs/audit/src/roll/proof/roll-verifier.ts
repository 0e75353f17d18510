import { openCheckpoint, type TreeHead } from './checkpoint.js';
import { beginsAs, chainLine } from './entry-line.js';
import { Frontier } from './frontier.js';
import { chainStart } from './hashes.js';
import { type Header, parseCheckpointLine, parseConsistencyLine, parseHeader, parseInclusionProof } from './lines.js';
import type { NoteKey } from './note-key.js';
import type { Verdict } from './verdict.js';
import { verifyInclusion } from './verify-inclusion.js';
import { consistent } from './verify-proofs.js';

const lineEnd = 0x0a;
const checkpointBegins = Buffer.from('{"checkpoint":');

interface Reading {
  readonly header: Header;
  readonly frontier: Frontier;
  readonly wanted: ReadonlySet<number>;
}

/**
 * Verifies an export of the roll, or an inclusion proof, line by line, with nothing but public keys. It remembers no entry, so a roll may be
 * of any length.
 */
export class RollVerifier {
  readonly #keys: readonly NoteKey[];
  #reading: Reading | undefined;
  #chain = chainStart;
  #next = 1;
  readonly #roots = new Map<number, Buffer>();
  #checkpoints = 0;
  #size = 0;
  #proven = 0;
  #beyond: TreeHead | undefined;
  #verdict: Verdict | undefined;

  constructor(keys: readonly NoteKey[]) {
    this.#keys = keys;
  }

  /** Entries taken so far, and how many there are to be. */
  get progress(): { readonly done: number; readonly of: number } {
    const { from = 1, to = 0 } = this.#reading?.header ?? {};
    return { done: this.#next - from, of: to - from + 1 };
  }

  /** Takes the next line, with the line break that ends it. */
  take(line: Buffer): void {
    const body = line.subarray(0, -1);
    const whole = line.at(-1) === lineEnd;
    if (this.#reading === undefined) this.#takeHeader(whole ? body.toString('utf8') : '');
    else if (this.#verdict === undefined && this.#next <= this.#reading.header.to) this.#takeEntry(body, this.#reading);
    else if (this.#verdict === undefined) this.#takeProof(whole ? body.toString('utf8') : '', this.#reading.header);
    else if (whole && checkpointBegins.equals(body.subarray(0, checkpointBegins.length))) this.#lookBack(body.toString('utf8'));
  }

  /** The verdict, when there are no more lines. */
  end(): Verdict {
    if (this.#verdict) return this.#verdict;
    if (this.#reading === undefined) return { verified: false, position: 1, reason: 'there is nothing here' };
    const { from, to } = this.#reading.header;
    if (this.#next <= to) return { verified: false, position: this.#next, reason: 'the entry is missing' };
    if (this.#proven < to) return { verified: false, position: this.#proven + 1, reason: 'the checkpoint over it is missing' };
    return { verified: true, from, to, size: this.#size, checkpoints: this.#checkpoints };
  }

  #takeHeader(line: string): void {
    if (this.#verdict?.verified) return this.#fail(this.#verdict.to + 1, 'there is more than one proof');
    if (this.#verdict) return;
    const proof = parseInclusionProof(line);
    if (proof) {
      this.#verdict = verifyInclusion(proof, this.#keys);
      return;
    }
    const header = parseHeader(line);
    const frontier = header && Frontier.of(header.from - 1, header.frontier);
    if (!header || !frontier) return this.#fail(1, 'the first line is not the header of a roll');
    this.#reading = { header, frontier, wanted: new Set([...header.checkpoints, header.to]) };
    this.#chain = header.before;
    this.#next = header.from;
    this.#proven = header.from - 1;
    if (header.from === 1 && !header.before.equals(chainStart)) this.#fail(1, 'something is said to come before the first entry');
  }

  #takeEntry(line: Buffer, { frontier, wanted }: Reading): void {
    const chained = chainLine(this.#chain, line);
    if (chained === undefined || !beginsAs(this.#next, line)) return this.#fail(this.#next, 'the entry is not what was recorded');
    frontier.push(chained.leaf);
    if (wanted.has(this.#next)) this.#roots.set(this.#next, frontier.root);
    this.#chain = chained.hash;
    this.#next += 1;
  }

  #takeProof(line: string, header: Header): void {
    const size = header.checkpoints[this.#checkpoints];
    if (this.#beyond) return this.#takeConsistency(line, header, this.#beyond);
    if (size === undefined) return this.#fail(header.to + 1, 'there is more than the header says');
    this.#checkpoints += 1;
    const head = openCheckpoint(parseCheckpointLine(line) ?? '', this.#keys);
    if (head?.origin !== header.origin || head.size !== size)
      return this.#fail(this.#proven + 1, 'the checkpoint over it is not signed by the key');
    this.#size = size;
    if (size > header.to) this.#beyond = head;
    else if (this.#roots.get(size)?.equals(head.root)) this.#proven = size;
    else this.#fail(this.#proven + 1, `entries up to ${size} are not those that were signed`);
  }

  #takeConsistency(line: string, { to }: Header, { size: laterSize, root: laterRoot }: TreeHead): void {
    const { from, to: later, hashes: path = [] } = parseConsistencyLine(line) ?? {};
    const root = this.#roots.get(to);
    this.#beyond = undefined;
    const proven = from === to && later === laterSize && root && consistent({ size: to, root, laterSize, laterRoot, path });
    if (proven) this.#proven = to;
    else this.#fail(this.#proven + 1, `entries up to ${to} are not those that were signed`);
  }

  /** Entries before a broken one may have been rewritten as one, chain and all: the signatures over them tell. */
  #lookBack(line: string): void {
    const head = openCheckpoint(parseCheckpointLine(line) ?? '', this.#keys);
    const root = head && this.#roots.get(head.size);
    if (!head || !root) return;
    if (root.equals(head.root)) this.#proven = Math.max(this.#proven, head.size);
    else this.#fail(this.#proven + 1, `entries up to ${head.size} are not those that were signed`);
  }

  /** The first broken position counts, in whatever order they are found. */
  #fail(position: number, reason: string): void {
    if (this.#verdict?.verified === false && this.#verdict.position <= position) return;
    this.#verdict = { verified: false, position, reason };
  }
}
