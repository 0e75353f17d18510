import type { Cursor } from '../contract.js';

/** Before the first event of every epoch. */
export const beginning: Cursor = { epoch: 0, tx: 0n, position: 0n };

/** Negative, zero or positive, as `a` comes before, at or after `b` in the order of commits. */
export function compareCursors(a: Cursor, b: Cursor): number {
  if (a.epoch !== b.epoch) return a.epoch - b.epoch;
  if (a.tx !== b.tx) return a.tx < b.tx ? -1 : 1;
  return a.position < b.position ? -1 : a.position > b.position ? 1 : 0;
}

/** A cursor as PostgreSQL's drivers give it: whole numbers beyond 2^53 come as text. */
export interface CursorRow {
  readonly epoch: number;
  readonly tx: string;
  readonly position: string;
}

export const toCursor = ({ epoch, tx, position }: CursorRow): Cursor => ({ epoch, tx: BigInt(tx), position: BigInt(position) });

/** A cursor as the first three parameters of a statement. */
export const cursorValues = ({ epoch, tx, position }: Cursor): [number, string, string] => [epoch, String(tx), String(position)];
