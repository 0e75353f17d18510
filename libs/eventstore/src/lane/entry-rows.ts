import { type RevocationKind, revocationKinds } from '@chancery/events';
import { hitsThrough, type RevocationEntry } from './entry.js';

/** The end of a chain of rows. */
export const none = -1;

/** Rows that come and go together. */
const blockRows = 4_096;
/** Bytes of a subject: its kind, 0 in a row that holds nothing; how many characters its id has; and these, one byte each. */
const subjectBytes = 32;
/** `gr_` and a ULID are 29. */
const idChars = subjectBytes - 2;
/** In place of a length: the id does not fit, and stands beside the rows. */
const beside = 255;

/** As many columns as an entry has fields, in one piece of memory. */
class Block {
  readonly #memory = new ArrayBuffer(blockRows * (3 * 8 + 4 + subjectBytes));
  readonly t = new Float64Array(this.#memory, 0, blockRows);
  readonly at = new Float64Array(this.#memory, blockRows * 8, blockRows);
  readonly position = new BigUint64Array(this.#memory, blockRows * 16, blockRows);
  readonly next = new Int32Array(this.#memory, blockRows * 24, blockRows);
  readonly subject = new Uint8Array(this.#memory, blockRows * 28, blockRows * subjectBytes);
  readonly bytes = this.#memory.byteLength;
}

/** Entries in columns, by number: an object for each would take three times as much. Rows can be chained, one behind the other. */
export class EntryRows {
  readonly #blocks: Block[] = [];
  readonly #long = new Map<number, string>();
  #used = 0;
  #free = none;

  /** Takes a row for it. */
  add({ kind, id, t, position, at }: RevocationEntry): number {
    const row = this.#take();
    const block = this.#block(row);
    const place = row % blockRows;
    block.t[place] = hitsThrough(t);
    block.at[place] = at;
    block.position[place] = position;
    block.next[place] = none;
    block.subject[place * subjectBytes] = numberOf(kind);
    this.#writeId(row, id);
    return row;
  }

  /** Whose row it is still: of this subject. */
  is(row: number, kind: RevocationKind, id: string): boolean {
    const { subject } = this.#block(row);
    const start = (row % blockRows) * subjectBytes;
    if (subject[start] !== numberOf(kind)) return false;
    const length = subject[start + 1];
    if (length === beside) return this.#long.get(row) === id;
    if (length !== id.length) return false;
    for (let nth = 0; nth < length; nth++) if (subject[start + 2 + nth] !== id.charCodeAt(nth)) return false;
    return true;
  }

  /** Authority from this second or before is hit; Infinity hits all. */
  t(row: number): number {
    return this.#block(row).t[row % blockRows] ?? 0;
  }

  read(row: number): RevocationEntry {
    const block = this.#block(row);
    const place = row % blockRows;
    const kind = this.kind(row);
    if (kind === undefined) throw new RangeError('a row that holds nothing was read');
    const t = this.t(row);
    return { kind, id: this.#id(row), t: t === Infinity ? 'for-ever' : t, position: block.position[place] ?? 0n, at: this.at(row) };
  }

  /** Undefined for a row that holds nothing. */
  kind(row: number): RevocationKind | undefined {
    const number = this.#block(row).subject[(row % blockRows) * subjectBytes] ?? 0;
    return revocationKinds[number - 1];
  }

  /** Microseconds: when what it holds was recorded. */
  at(row: number): number {
    return this.#block(row).at[row % blockRows] ?? 0;
  }

  /** It holds nothing from now on, and stays where it is chained. */
  clear(row: number): void {
    this.#block(row).subject[(row % blockRows) * subjectBytes] = 0;
    this.#long.delete(row);
  }

  /** Another entry may have it; it is in no chain any more. */
  free(row: number): void {
    this.clear(row);
    this.chain(row, this.#free);
    this.#free = row;
  }

  next(row: number): number {
    return this.#block(row).next[row % blockRows] ?? none;
  }

  chain(row: number, next: number): void {
    this.#block(row).next[row % blockRows] = next;
  }

  /** Of the columns, and of the characters that stand beside them. */
  get bytes(): number {
    const columns = this.#blocks.reduce((sum, { bytes }) => sum + bytes, 0);
    return [...this.#long.values()].reduce((sum, { length }) => sum + length, columns);
  }

  *[Symbol.iterator](): IterableIterator<RevocationEntry> {
    for (let row = 0; row < this.#used; row++) if (this.kind(row) !== undefined) yield this.read(row);
  }

  #take(): number {
    const row = this.#free;
    if (row !== none) {
      this.#free = this.next(row);
      return row;
    }
    if (this.#used === this.#blocks.length * blockRows) this.#blocks.push(new Block());
    return this.#used++;
  }

  #block(row: number): Block {
    const block = this.#blocks[Math.floor(row / blockRows)];
    if (block === undefined) throw new RangeError('there is no such row');
    return block;
  }

  #writeId(row: number, id: string): void {
    const { subject } = this.#block(row);
    const start = (row % blockRows) * subjectBytes;
    const fits = id.length <= idChars && isLatin1(id);
    subject[start + 1] = fits ? id.length : beside;
    if (!fits) this.#long.set(row, id);
    else for (let nth = 0; nth < id.length; nth++) subject[start + 2 + nth] = id.charCodeAt(nth);
  }

  #id(row: number): string {
    const { subject } = this.#block(row);
    const start = (row % blockRows) * subjectBytes;
    const length = subject[start + 1] ?? 0;
    if (length === beside) return this.#long.get(row) ?? '';
    return String.fromCharCode(...subject.subarray(start + 2, start + 2 + length));
  }
}

const numberOf = (kind: RevocationKind): number => revocationKinds.indexOf(kind) + 1;

function isLatin1(text: string): boolean {
  for (let nth = 0; nth < text.length; nth++) if (text.charCodeAt(nth) > 0xff) return false;
  return true;
}
