// Reads the whole store, in the order of commits, and folds every stream; or makes a projection anew; or verifies a roll.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { parseNoteKeys, RollVerifier } from '@chancery/audit/roll';
import { agent, grant, iat } from '@chancery/domain';
import { beginning, hashOf, openDataSource, readOrdered, rebuild } from '@chancery/eventstore';
import { type AgentEvent, decodeEvent, type GrantEvent, type IatEvent, parseStream } from '@chancery/events';
import { agentList, iatList } from '@chancery/registration';

export type ReplayingTask =
  | { readonly work: 'fold' | 'rebuild'; readonly url: string }
  | { readonly work: 'verify'; readonly file: string; readonly key: string };

export interface Replayed {
  /** Seconds. */
  readonly seconds: number;
  readonly cpu: number;
  readonly count: number;
  /** Of the state that came out, or of the rows: the same every time. */
  readonly hash: string;
}

const page = 5_000;

/** Every stream of agents, grants and initial access tokens as its decider sees it. */
async function foldAll(url: string): Promise<{ count: number; hash: string }> {
  const dataSource = await openDataSource({ url, applicationName: 'bench', connections: 1 });
  const states = new Map<string, unknown>();
  let count = 0;
  try {
    for (let after = beginning, full = true; full;) {
      const read = await readOrdered(dataSource, after, { limit: page });
      for (const stored of read.events) {
        count += 1;
        states.set(stored.stream, next(states.get(stored.stream), stored));
      }
      ({ cursor: after, full } = read);
    }
  } finally {
    await dataSource.destroy();
  }
  const hash = createHash('sha256');
  for (const [stream, state] of states) hash.update(`${stream} ${JSON.stringify(state)}\n`);
  return { count, hash: hash.digest('hex') };
}

type Stored = Parameters<typeof decodeEvent>[0] & { readonly stream: string };

function next(state: unknown, stored: Stored): unknown {
  const event = decodeEvent(stored);
  switch (parseStream(stored.stream).category) {
    case 'agent':
      return agent.evolve((state ?? agent.initial) as typeof agent.initial, event as AgentEvent);
    case 'grant':
      return grant.evolve((state ?? grant.initial) as typeof grant.initial, event as GrantEvent);
    case 'iat':
      return iat.evolve((state ?? iat.initial) as typeof iat.initial, event as IatEvent);
    default:
      return Number(state ?? 0) + 1;
  }
}

async function rebuildAll(url: string): Promise<{ count: number; hash: string }> {
  const dataSource = await openDataSource({ url, applicationName: 'bench', connections: 2 });
  try {
    for (const projection of [agentList, iatList]) await rebuild(projection, dataSource);
    const tables = [agentList, iatList].flatMap((projection) => projection.tables);
    const [row]: { count: string }[] = await dataSource.query('select count(*) as count from es.event');
    return { count: Number(row?.count), hash: await hashOf(dataSource, tables) };
  } finally {
    await dataSource.destroy();
  }
}

async function verifyRoll(file: string, key: string): Promise<{ count: number; hash: string }> {
  const keys = parseNoteKeys(key);
  if (keys === undefined) throw new Error('the roll has no readable key');
  const verifier = new RollVerifier(keys);
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk as Buffer]) : (chunk as Buffer);
    let start = 0;
    for (let end = bytes.indexOf(0x0a, start); end >= 0; end = bytes.indexOf(0x0a, start)) {
      verifier.take(bytes.subarray(start, end + 1));
      start = end + 1;
    }
    rest = bytes.subarray(start);
  }
  const verdict = verifier.end();
  if (!verdict.verified) throw new Error(`the roll is broken at position ${verdict.position}`);
  return { count: verdict.to - verdict.from + 1, hash: 'verified' };
}

function perform(task: ReplayingTask): Promise<{ count: number; hash: string }> {
  switch (task.work) {
    case 'fold':
      return foldAll(task.url);
    case 'rebuild':
      return rebuildAll(task.url);
    case 'verify':
      return verifyRoll(task.file, task.key);
  }
}

async function replay(task: ReplayingTask): Promise<Replayed> {
  const before = process.cpuUsage();
  const began = performance.now();
  const done = await perform(task);
  const used = process.cpuUsage(before);
  return { ...done, seconds: (performance.now() - began) / 1_000, cpu: (used.user + used.system) / 1e6 };
}

process.on('message', (task: ReplayingTask) => {
  void replay(task).then((result) => process.send?.(result));
});
console.log('ready');
