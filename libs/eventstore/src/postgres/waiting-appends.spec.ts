import { describe, expect, it } from 'vitest';
import { exchange, issue, register, resume } from '../contract-suite/appends.js';
import { prepareAppend } from '../append/prepared.js';
import { StoreUnavailable, type Append } from '../contract.js';
import { waitingAppends, type Waiting } from './waiting-appends.js';

const never = new AbortController().signal;
const streamsOf = (batch: readonly Waiting[] | undefined) => batch?.map(({ prepared }) => prepared.streams.map(({ stream }) => stream));

const start = (most = 256) => {
  const waiting = waitingAppends(most);
  const add = (append: Append) => {
    const answer = waiting.add(prepareAppend(append));
    answer.catch(() => {});
    return answer;
  };
  return { ...waiting, add };
};

describe('waiting appends', () => {
  it('go together with those of the same turn', async () => {
    const { add, take } = start();
    const taken = take(never);
    const appends = [issue(), issue(), exchange()];
    for (const append of appends) void add(append);
    expect(streamsOf(await taken)).toEqual(appends.map(({ streams }) => streams.map(({ stream }) => stream)));
  });

  it('to one stream wait for the one before them, in order, whatever the takers', async () => {
    const { add, take, done } = start();
    const [first, other, second] = [register('ag_1'), register('ag_2'), resume('ag_1', 1)];
    for (const append of [first, second, other]) void add(append);
    const batch = await take(never);
    expect(streamsOf(batch)).toEqual([['main/agent/ag_1'], ['main/agent/ag_2']]);
    const next = take(never);
    done(batch ?? []);
    expect((await next)?.map(({ prepared }) => prepared.events[0]?.type)).toEqual(['agent.resumed']);
  });

  it('are handed out in batches of no more than was told', async () => {
    const { add, take } = start(2);
    for (let n = 0; n < 5; n++) void add(issue());
    expect([(await take(never))?.length, (await take(never))?.length, (await take(never))?.length]).toEqual([2, 2, 1]);
  });

  it('never fill a call with more events than it has positions', async () => {
    const { add, take } = start();
    for (let n = 0; n < 20; n++) {
      const [one] = register(`ag_${n}`).streams;
      void add({
        streams: [{ stream: `main/agent/ag_${n}`, expected: 0, events: Array.from({ length: 250 }, () => one?.events[0] as never) }],
      });
    }
    const first = await take(never);
    expect(first?.length).toBe(16);
    expect((await take(never))?.length).toBe(4);
  });

  it('are left alone by a taker that went away', async () => {
    const { add, take } = start();
    const away = new AbortController();
    const gone = take(away.signal);
    const stays = take(never);
    away.abort();
    expect(await gone).toBeUndefined();
    void add(issue());
    expect(await stays).toHaveLength(1);
    expect(await take(away.signal)).toBeUndefined();
  });

  it('are refused at once beyond ten thousand, and all at once when the store is away', async () => {
    const { add, take, failAll } = start();
    const answers = Array.from({ length: 10_000 }, () => add(register('ag_same')));
    await expect(add(issue())).rejects.toThrow(StoreUnavailable);
    const batch = await take(never);
    expect(batch).toHaveLength(1);
    failAll(new StoreUnavailable('away'));
    const settled = await Promise.allSettled(answers.slice(1));
    expect(new Set(settled.map(({ status }) => status))).toEqual(new Set(['rejected']));
    batch?.[0]?.answer({ outcome: 'stale' });
    expect(await answers[0]).toEqual({ outcome: 'stale' });
  });
});
