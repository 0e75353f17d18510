import type { Cursor } from './contract.js';
import { readCheckpoint } from './projection/checkpoint.js';
import { cursorValues } from './reader/cursor.js';
import { type Queryable, rowsOf } from './reader/queryable.js';

/** Another one leads, or led meanwhile: what this one did last does not count, and it has to stop. */
export class LeadLost extends Error {
  override readonly name = 'LeadLost';
}

export interface FencedCheckpointOptions {
  readonly queryable: Queryable;
  /** Of the checkpoint, and of the lead. */
  readonly name: string;
  /** Of this leader. */
  readonly generation: bigint;
}

// The lock on the leader's row makes a successor's first act and this take turns: it never moves after a successor has read it.
const move = `
  with ours as materialized (
    select from es.leader where name = $4 and generation = $5::text::bigint for share
  ), moved as (
    update es.checkpoint c set epoch = $1::integer, tx = $2::text::xid8, position = $3::text::bigint
    where c.name = $4 and (c.epoch, c.tx, c.position) = ($6::integer, $7::text::xid8, $8::text::bigint) and exists (select from ours)
    returning 1
  ) select count(*)::integer as moved from moved`;

/** How far the one that leads under a name has come, for its successors; the beginning when nobody ever led. */
export class FencedCheckpoint {
  readonly #options: FencedCheckpointOptions;
  #at: Cursor | undefined;

  constructor(options: FencedCheckpointOptions) {
    this.#options = options;
  }

  async read(): Promise<Cursor> {
    return (this.#at ??= await this.#begin());
  }

  /** Only from where it was read, and only while this generation leads. @throws LeadLost */
  async move(to: Cursor): Promise<void> {
    const { queryable, name, generation } = this.#options;
    const from = await this.read();
    // Where it is after a failure only the database knows.
    this.#at = undefined;
    const values = [...cursorValues(to), name, String(generation), ...cursorValues(from)];
    const [row] = await rowsOf<{ moved: number }>(queryable, move, values);
    if (row?.moved !== 1) throw new LeadLost(`generation ${generation} of ${name} leads no more`);
    this.#at = to;
  }

  async #begin(): Promise<Cursor> {
    const { queryable, name } = this.#options;
    await queryable.query(`insert into es.checkpoint (name, epoch, tx, position) values ($1, 0, '0', 0) on conflict do nothing`, [name]);
    return readCheckpoint(queryable, name);
  }
}
