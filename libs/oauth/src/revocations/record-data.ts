import { z } from 'zod';
import { parseJson } from '../json.js';

/** One entry of the revocation set. Times are by the database's clock. */
export interface SignedEntry {
  readonly tenant: string;
  /** What ended: grant, agent, instance, user, iat, software, issuer, key. Which of them a reader knows is for the reader to say. */
  readonly kind: string;
  readonly id: string;
  /** Seconds: authority from this second or before is hit; `for-ever` hits all of it. */
  readonly t: number | 'for-ever';
  /** Of the event that revoked it. */
  readonly position: bigint;
  /** Microseconds. */
  readonly at: number;
}

/** How far the fan-out is complete, and what that amounts to. Times are by the database's clock. */
export interface SignedBeat {
  readonly tenant: string;
  /** T in microseconds: all that was answered before it has been published. */
  readonly through: number;
  /** Entries alive at T. */
  readonly entries: number;
  /** Multiset hash over them, 64 hex digits. */
  readonly digest: string;
  /** Highest position among them. */
  readonly position: bigint;
  readonly counter: number;
  /** Microseconds: when it was said. */
  readonly at: number;
}

/** Why a record counts for nothing. `unknown_key` and `forged` come before its data was parsed (EVT-04). */
export type RecordRefusal = 'unsigned' | 'unknown_key' | 'forged' | 'malformed' | 'unknown_type';

export type OpenedRecord =
  | { readonly type: 'revocation.entered'; readonly entry: SignedEntry }
  | { readonly type: 'revocation.heartbeat'; readonly beat: SignedBeat };

const whole = z.number().int().nonnegative();
const decimal = z
  .string()
  .regex(/^(?:0|[1-9][0-9]{0,18})$/)
  .transform(BigInt);
const name = z.string().min(1).max(256);

const entry: z.ZodType<SignedEntry> = z.strictObject({
  tenant: name,
  kind: name,
  id: name,
  t: z.union([whole, z.literal('for-ever')]),
  position: decimal,
  at: whole,
});

const beat: z.ZodType<SignedBeat> = z.strictObject({
  tenant: name,
  through: whole,
  entries: whole,
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  position: decimal,
  counter: whole,
  at: whole,
});

/** Reads the data of a record whose signature held. */
export function parseRecordData(type: string, data: string): OpenedRecord | { readonly refused: RecordRefusal } {
  const value = readJson(data);
  if (type === 'revocation.entered') {
    const parsed = entry.safeParse(value);
    return parsed.success ? { type, entry: parsed.data } : { refused: 'malformed' };
  }
  if (type === 'revocation.heartbeat') {
    const parsed = beat.safeParse(value);
    return parsed.success ? { type, beat: parsed.data } : { refused: 'malformed' };
  }
  return { refused: 'unknown_type' };
}

function readJson(data: string): unknown {
  try {
    return parseJson(data, { maxBytes: 4_096 });
  } catch {
    return undefined;
  }
}
