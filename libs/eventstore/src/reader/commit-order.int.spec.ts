import { join } from 'node:path';
import { seededRandom, temporaryFolder, type SeededRandom } from '@chancery/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prepareAppend } from '../append/prepared.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded/index.js';
import { batchCall } from '../postgres/batch-call.js';
import { migrate } from '../postgres/migrate.js';
import { type Queryable, rowsOf } from './queryable.js';
import { newestCursor, readOrdered } from './read-ordered.js';

/** A server of its own: a transaction of another spec that stays open would hold the reader back here, too. */
const home = temporaryFolder();
let server: EmbeddedPostgres;
let admin: pg.Client;
let reading: pg.Client;

beforeAll(async () => {
  server = await startEmbeddedPostgres({ dataDir: join(home.path, 'data'), volatile: true });
  await migrate({ url: server.url });
  [admin, reading] = [await connect(), await connect()];
});
afterAll(async () => {
  await Promise.all([admin.end(), reading.end()]);
  await server.stop();
  home.remove();
});

describe('the ordered reader', () => {
  it(
    'delivers every committed event once and in stream order, in 1 000 schedules; a reader by position alone does not',
    { timeout: 240_000 },
    async () => {
      const random = seededRandom();
      const writers = [await connect(), await connect(), await connect()].map((client) => new Writer(client));
      const total = { committed: 0, lostByPosition: 0 };
      for (let n = 0; n < 1_000; n++) {
        const { committed, ordered, byPosition } = await new Schedule(random, writers, n).play();
        expect(ordered.toSorted(), `schedule ${n} of seed ${random.seed}`).toEqual(committed.toSorted());
        expect(outOfStreamOrder(ordered), `schedule ${n} of seed ${random.seed}`).toEqual([]);
        total.committed += committed.length;
        if (n < compared) total.lostByPosition += committed.filter((event) => !byPosition.includes(event)).length;
      }
      expect(total.committed).toBeGreaterThan(4_000);
      // The same schedules, with the rule left out: they would have shown it.
      expect(total.lostByPosition).toBeGreaterThan(50);
      await Promise.all(writers.map(({ client }) => client.end()));
    },
  );
});

/** So many schedules are also read by position alone: enough to see it lose. */
const compared = 250;

/** A service that appends in a transaction that stays open as long as the schedule likes. */
class Writer {
  open: { stream: string; through: number; events: string[] } | undefined;

  constructor(public client: pg.Client) {}

  async append(stream: string, expected: number, count: number): Promise<void> {
    const agentId = stream.slice('main/agent/'.length);
    const events = Array.from({ length: count }, () => ({ type: 'agent.resumed', agentId, reason: 'a schedule', by: 'system' }) as const);
    await this.client.query('begin');
    await this.client.query(batchCall('registration', [prepareAppend({ streams: [{ stream, expected, events }] })]));
    const written = events.map((_, index) => name(stream, expected + index + 1));
    this.open = { stream, through: expected + count, events: written };
  }

  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.client.once('end', resolve));
    const { processID } = this.client as unknown as { processID: number };
    await admin.query('select pg_terminate_backend($1)', [processID]);
    await gone;
    this.client = await connect();
    this.open = undefined;
  }
}

class Schedule {
  readonly #committed: string[] = [];
  readonly #ordered: string[] = [];
  readonly #byPosition: string[] = [];
  readonly #revisions = new Map<string, number>();
  #cursor = { epoch: 0, tx: 0n, position: 0n };
  #position = 0n;

  constructor(
    readonly random: SeededRandom,
    readonly writers: readonly Writer[],
    readonly number: number,
  ) {
    for (let n = 0; n < 3; n++) this.#revisions.set(`main/agent/s${number}-${n}`, 0);
  }

  async play() {
    this.#cursor = await newestCursor(reading);
    this.#position = this.#cursor.position;
    for (let step = 0; step < 10; step++) {
      await this.#act(this.random.pick(this.writers));
      if (this.random.int(3) === 0) await this.#read(1 + this.random.int(4));
    }
    for (const writer of this.random.shuffle(this.writers)) {
      await this.#end(writer);
      if (this.random.int(3) === 0) await this.#read(1 + this.random.int(4));
    }
    while (await this.#read(100));
    return { committed: this.#committed, ordered: this.#ordered, byPosition: this.#byPosition };
  }

  async #act(writer: Writer): Promise<void> {
    if (writer.open) return this.#end(writer);
    const taken = new Set(this.writers.map(({ open }) => open?.stream));
    const free = [...this.#revisions.keys()].filter((stream) => !taken.has(stream));
    if (free.length === 0) return;
    const stream = this.random.pick(free);
    await writer.append(stream, this.#revisions.get(stream) ?? 0, 1 + this.random.int(3));
  }

  async #end(writer: Writer): Promise<void> {
    if (!writer.open) return;
    const { stream, through, events } = writer.open;
    const fate = this.random.int(100);
    if (fate < 3) return writer.kill();
    writer.open = undefined;
    if (fate < 20) return void (await writer.client.query('rollback'));
    await writer.client.query('commit');
    this.#committed.push(...events);
    this.#revisions.set(stream, through);
  }

  /** The readers ask once. Answers whether there was anything for the ordered one. */
  async #read(limit: number): Promise<boolean> {
    const page = await readOrdered(prepared('ordered'), this.#cursor, { limit });
    this.#ordered.push(...page.events.map(({ stream, revision }) => name(stream, revision)));
    this.#cursor = page.cursor;
    if (this.number < compared) await this.#readByPosition(limit);
    return page.events.length > 0;
  }

  async #readByPosition(limit: number): Promise<void> {
    const rows = await rowsOf<{ stream: string; revision: number; position: string }>(
      prepared('by position'),
      'select stream, revision, position from es.event where position > $1 order by position limit $2',
      [String(this.#position), limit],
    );
    this.#byPosition.push(...rows.map(({ stream, revision }) => name(stream, revision)));
    this.#position = BigInt(rows.at(-1)?.position ?? this.#position);
  }
}

const name = (stream: string, revision: number): string => `${stream}@${revision}`;

/** Planned once: thousands of pages are read here. */
const prepared = (statement: string): Queryable => ({
  query: (text, values) => reading.query({ name: statement, text, values: values ?? [] }),
});

/** Events that came before an earlier one of their stream. */
function outOfStreamOrder(events: readonly string[]): string[] {
  const last = new Map<string, number>();
  return events.filter((event) => {
    const [stream = '', revision = ''] = event.split('@');
    const before = last.get(stream) ?? 0;
    last.set(stream, Number(revision));
    return Number(revision) !== before + 1;
  });
}

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.url });
  client.on('error', () => {});
  await client.connect();
  return client;
}
