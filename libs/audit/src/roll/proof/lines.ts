import { z } from 'zod';
import { parseHash } from './hashes.js';

/** What the first line of an export says it holds. None of it is believed: it is what the rest is checked against. */
export interface Header {
  readonly origin: string;
  /** The first and the last position. */
  readonly from: number;
  readonly to: number;
  /** Chain hash of the entry before `from`. */
  readonly before: Buffer;
  /** The complete subtrees of everything before `from`, largest first. */
  readonly frontier: readonly Buffer[];
  /** Sizes of the checkpoints that follow the entries, rising; the last covers `to`. */
  readonly checkpoints: readonly number[];
}

export interface InclusionProof {
  readonly origin: string;
  readonly position: number;
  /** Of the tree it is proven against. */
  readonly size: number;
  readonly path: readonly Buffer[];
  /** Its line, without its end. */
  readonly entry: string;
  readonly checkpoint: string;
}

const format = z.literal('chancery/1');
const origin = z.string().min(1).max(512);
const whole = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const hashText = z
  .string()
  .refine((text) => parseHash(text) !== undefined)
  .transform((text) => Buffer.from(text, 'base64'));
const hashes = z.array(hashText).max(64);

const header = z.strictObject({
  roll: format,
  origin,
  from: whole,
  to: whole,
  before: hashText,
  frontier: hashes,
  checkpoints: z.array(whole).min(1).max(2_000),
});

const inclusion = z.strictObject({
  roll: format,
  origin,
  inclusion: z.strictObject({ position: whole, size: whole, hashes }),
  entry: z.string().max(8 * 1024 * 1024),
  checkpoint: z.string().max(64 * 1024),
});

const checkpointLine = z.strictObject({ checkpoint: z.string().max(64 * 1024) });
const consistencyLine = z.strictObject({ consistency: z.strictObject({ from: whole, to: whole, hashes }) });

/** JSON in ASCII: whatever somebody chose to be called, it cannot steer the terminal of who looks at a proof. */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replaceAll(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** A value from a line of JSON, if the line is exactly how that value is written: two texts never mean the same here. */
function canonical<Schema extends z.ZodType>(line: string, schema: Schema): z.output<Schema> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return asciiJson(value) === line ? schema.safeParse(value).data : undefined;
  } catch {
    return undefined;
  }
}

export function parseHeader(line: string): Header | undefined {
  const parsed = canonical(line, header);
  if (parsed === undefined) return undefined;
  const { from, to, checkpoints } = parsed;
  const rising = checkpoints.every((size, index) => size > (checkpoints[index - 1] ?? from - 1));
  // Only the last may lie beyond the entries: of the others the root is worked out from them.
  const covered = (checkpoints.at(-1) ?? 0) >= to && (checkpoints.at(-2) ?? 0) < to;
  return from <= to && rising && covered ? parsed : undefined;
}

const texts = (all: readonly Buffer[]): string[] => all.map((each) => each.toString('base64'));

export const printHeader = ({ origin: roll, from, to, before, frontier, checkpoints }: Header): string =>
  asciiJson({ roll: 'chancery/1', origin: roll, from, to, before: before.toString('base64'), frontier: texts(frontier), checkpoints });

export const parseCheckpointLine = (line: string): string | undefined => canonical(line, checkpointLine)?.checkpoint;
export const printCheckpointLine = (checkpoint: string): string => asciiJson({ checkpoint });

/** That the tree of `from` entries is the beginning of the one of `to`. */
export interface ConsistencyProof {
  readonly from: number;
  readonly to: number;
  readonly hashes: readonly Buffer[];
}

export const parseConsistencyLine = (line: string): ConsistencyProof | undefined => canonical(line, consistencyLine)?.consistency;
export const printConsistencyLine = ({ from, to, hashes: path }: ConsistencyProof): string =>
  asciiJson({ consistency: { from, to, hashes: texts(path) } });

export function parseInclusionProof(line: string): InclusionProof | undefined {
  const parsed = canonical(line, inclusion);
  return (
    parsed && {
      origin: parsed.origin,
      position: parsed.inclusion.position,
      size: parsed.inclusion.size,
      path: parsed.inclusion.hashes,
      entry: parsed.entry,
      checkpoint: parsed.checkpoint,
    }
  );
}

export const printInclusionProof = ({ origin: roll, position, size, path, entry, checkpoint }: InclusionProof): string =>
  asciiJson({ roll: 'chancery/1', origin: roll, inclusion: { position, size, hashes: texts(path) }, entry, checkpoint });
