import type { Behind, Random } from '@chancery/testing';
import pg from 'pg';

/** What a schedule of late commits did. */
export interface Schedule {
  /** `stream@revision` of everything that was committed. */
  readonly committed: readonly string[];
  /** Of those, how many became visible behind a higher position: a reader by position alone loses them. */
  readonly overtaken: number;
}

const insert = `
  insert into es.event (position, epoch, stream, revision, version, fence, id, at, type, digest, data)
  select nextval('es.position'), (select epoch from es.meta), $1, $2, 1, false, gen_random_uuid(), es.now(), 'agent.resumed', sha256($3::bytea), $3::bytea
  returning position`;

interface Open {
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
}

/** Sessions that write events and commit them when the schedule likes: late, out of order, rolled back, or cut. */
export class LateWriters {
  readonly #sessions: pg.Client[] = [];
  readonly #revisions = new Map<string, number>();
  readonly #committed: string[] = [];
  #highest = 0n;
  #overtaken = 0;

  constructor(
    private readonly url: string,
    private readonly behind: Behind,
  ) {}

  async open(count: number): Promise<void> {
    for (let nth = 0; nth < count; nth++) this.#sessions.push(await this.#connect());
  }

  /** So many steps, each begins or ends one session's transaction; at the end none is open. */
  async play(random: Random, steps: number, streams: readonly string[]): Promise<void> {
    const open = new Map<number, Open>();
    for (let step = 0; step < steps; step++) {
      const at = random.int(this.#sessions.length);
      const begun = open.get(at);
      if (begun) {
        open.delete(at);
        await this.#end(at, begun, random.int(100));
        continue;
      }
      const taken = new Set([...open.values()].map(({ stream }) => stream));
      const free = streams.filter((stream) => !taken.has(stream));
      if (free.length > 0) open.set(at, await this.#begin(at, random.pick(free)));
    }
    for (const at of random.shuffle([...open.keys()])) await this.#end(at, open.get(at) as Open, random.int(100));
  }

  schedule(): Schedule {
    return { committed: this.#committed, overtaken: this.#overtaken };
  }

  async close(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.end()));
  }

  async #begin(at: number, stream: string): Promise<Open> {
    const session = this.#sessions[at] as pg.Client;
    const revision = (this.#revisions.get(stream) ?? 0) + 1;
    const data = Buffer.from(JSON.stringify({ agentId: stream.split('/').at(-1), reason: 'a schedule', by: 'system' }));
    await session.query('begin');
    const { rows } = await session.query<{ position: string }>(insert, [stream, revision, data]);
    return { stream, revision, position: BigInt(rows[0]?.position ?? 0) };
  }

  async #end(at: number, { stream, revision, position }: Open, fate: number): Promise<void> {
    const session = this.#sessions[at] as pg.Client;
    if (fate < 3) {
      const gone = new Promise((resolve) => session.once('end', resolve));
      await this.behind.query('select pg_terminate_backend($1)', [(session as unknown as { processID: number }).processID]);
      await gone;
      this.#sessions[at] = await this.#connect();
      return;
    }
    await session.query(fate < 20 ? 'rollback' : 'commit');
    if (fate < 20) return;
    this.#revisions.set(stream, revision);
    this.#committed.push(`${stream}@${revision}`);
    if (position < this.#highest) this.#overtaken += 1;
    else this.#highest = position;
  }

  async #connect(): Promise<pg.Client> {
    const session = new pg.Client({ connectionString: this.url });
    session.on('error', () => undefined);
    await session.connect();
    return session;
  }
}
