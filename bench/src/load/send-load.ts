import { connect, type Socket } from 'node:net';
import { quantile } from '../statistics.js';
import { answerCheck, AnswerReader } from './answer.js';
import { answerWithin, type LoadOptions, type LoadResult } from './load.js';

/**
 * Sends requests over so many connections, one at a time on each, until the time is over or they are. Bytes are ready beforehand and answers read
 * no further than they are checked, so that one core of this carries a server of many times the cost.
 */
export async function sendLoad(options: LoadOptions): Promise<LoadResult> {
  const { port, requests, again, expect, connections, seconds, rate } = options;
  const check = answerCheck(expect);
  const times: number[] = [];
  const failures = { wrong: 0, timeouts: 0, first: undefined as string | undefined };
  let next = 0;
  const take = (): string | undefined => (again ? requests[next++ % requests.length] : requests[next++]);
  const fail = (what: string) => {
    failures.wrong += 1;
    failures.first ??= what.slice(0, 500);
  };

  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  const before = process.cpuUsage();
  const began = performance.now();
  const until = began + seconds * 1_000;
  await Promise.all(
    sockets.map((socket) =>
      converse(socket, {
        take: () => (performance.now() < until ? take() : undefined),
        dueAt: () => (rate === undefined ? 0 : began + (next / rate) * 1_000),
        answered(answer, took) {
          times.push(took);
          const trouble = check(answer);
          if (trouble !== undefined) fail(trouble);
        },
        lost(why, timedOut) {
          if (timedOut) failures.timeouts += 1;
          fail(why);
        },
      }),
    ),
  );
  const used = process.cpuUsage(before);
  return {
    count: times.length,
    seconds: (performance.now() - began) / 1_000,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    wrong: failures.wrong,
    ...(failures.first !== undefined && { firstWrong: failures.first }),
    timeouts: failures.timeouts,
    cpu: (used.user + used.system) / 1e6,
  };
}

const open = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.setEncoding('latin1');
    socket.once('error', reject);
    socket.once('connect', () => resolve(socket.off('error', reject)));
  });

interface Conversation {
  /** When the next request is to go, by `performance.now()`. */
  dueAt(): number;
  take(): string | undefined;
  answered(answer: { status: number; body: string }, took: number): void;
  lost(why: string, timedOut: boolean): void;
}

/** One request after the other; resolves when there is none left, or the connection is gone. */
function converse(socket: Socket, { dueAt, take, answered, lost }: Conversation): Promise<void> {
  return new Promise((resolve) => {
    const reader = new AnswerReader();
    let sent = 0;
    let over = false;
    const end = (why?: string, timedOut = false) => {
      if (over) return;
      over = true;
      if (why !== undefined) lost(why, timedOut);
      socket.destroy();
      resolve();
    };
    const say = () => {
      const request = take();
      if (request === undefined) return end();
      sent = performance.now();
      socket.write(request);
    };
    const sayWhenDue = () => {
      const early = dueAt() - performance.now();
      if (early > 0) setTimeout(say, early);
      else say();
    };
    socket.setTimeout(answerWithin, () => end('no answer in time', true));
    socket.on('error', (error) => end(`the connection was lost: ${error.message}`));
    socket.on('close', () => end('the connection was closed'));
    socket.on('data', (text: string) => {
      const answer = reader.take(text);
      if (!answer) return;
      answered(answer, performance.now() - sent);
      sayWhenDue();
    });
    sayWhenDue();
  });
}
