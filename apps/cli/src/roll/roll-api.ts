import type { AdminApi, AdminRequest } from '../admin.js';

/** The lines around the entries of a range, as the API gives them. */
export interface Frame {
  readonly from: number;
  readonly to: number;
  readonly header: string;
  readonly proofs: readonly string[];
}

/** A part of the roll; where an end is not said, it is the roll's. */
export interface RollRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** Entries that the API gives at once. */
export const pageSize = 1_000;

type Question = Pick<AdminRequest, 'act' | 'method' | 'path' | 'unknown'>;

const ask = <Answer extends object>(admin: AdminApi, question: Question): Promise<Answer> =>
  admin.call<Answer>({ scope: 'chancery:audit', ...question });

/** Has a checkpoint signed over everything there is. @throws Refused */
export async function cutCheckpoint(admin: AdminApi, act: string): Promise<void> {
  await ask(admin, { act, method: 'POST', path: '/log/checkpoint', unknown: 'the roll is empty' });
}

/** @throws Refused, also for a range that goes beyond the roll */
export function readFrame(admin: AdminApi, { from = 1, to }: RollRange): Promise<Frame> {
  const query = new URLSearchParams({ from: String(from), ...(to !== undefined && { to: String(to) }) });
  const unknown = 'the roll does not have all of these positions';
  return ask(admin, { act: 'read the roll', method: 'GET', path: `/log/export?${query.toString()}`, unknown });
}

/** Lines of entries between two positions, both included. @throws Refused */
export async function readEntries(admin: AdminApi, { from, to }: { from: number; to: number }): Promise<readonly string[]> {
  const { lines } = await ask<{ lines: readonly string[] }>(admin, {
    act: 'read the roll',
    method: 'GET',
    path: `/log/export/entries?from=${from}&to=${to}`,
  });
  return lines;
}

/** An inclusion proof, as a line of JSON. @throws Refused */
export async function readProof(admin: AdminApi, position: number): Promise<string> {
  const unknown = 'the roll has no such position; `npx chancery log list` shows them';
  const path = `/log/proof/${position}`;
  return (await ask<{ proof: string }>(admin, { act: `prove position ${position}`, method: 'GET', path, unknown })).proof;
}

/** The public keys of the roll, as text that `parseNoteKeys` takes. @throws Refused */
export const readKeys = async (admin: AdminApi): Promise<string> =>
  JSON.stringify({ keys: (await ask<{ keys: readonly string[] }>(admin, { act: 'read the key', method: 'GET', path: '/log/key' })).keys });
