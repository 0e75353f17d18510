import { type Random, waitFor } from '@chancery/testing';
import { lasting } from '../stack/pause.js';
import { parts, services } from '../stack/parts.js';
import type { Site } from '../stack/site.js';

/** Something that goes wrong and is right again when it resolves. */
export interface Fault {
  readonly name: string;
  play(site: Site, random: Random): Promise<void>;
}

const some = (random: Random, from: number, below: number): number => from + random.int(below - from);

export const faults: readonly Fault[] = [
  {
    name: 'a part is killed',
    async play({ stack }, random) {
      const part = random.pick(parts);
      await stack.kill(part);
      await stack.startAgain(part);
    },
  },
  { name: 'PostgreSQL is killed', play: ({ database }) => database.kill() },
  {
    name: 'the broker is away',
    async play({ stack }, random) {
      await stack.kill('kafka');
      await lasting(some(random, 5, 20));
      await stack.startAgain('kafka');
    },
  },
  {
    name: 'PostgreSQL is unreachable',
    async play({ database: { wire } }, random) {
      await wire.refuse();
      await lasting(some(random, 1, 8));
      await wire.accept();
    },
  },
  {
    name: 'every connection to PostgreSQL is cut',
    play: ({ database }) => Promise.resolve(database.wire.cut()),
  },
  {
    name: 'PostgreSQL is far away',
    async play({ database: { wire } }, random) {
      wire.delay(some(random, 5, 50));
      await lasting(some(random, 5, 20));
      wire.delay(0);
    },
  },
  {
    name: 'a service hangs',
    async play({ stack }, random) {
      const pid = stack.pid(random.pick(services));
      process.kill(pid, 'SIGSTOP');
      await lasting(some(random, 2, 15));
      process.kill(pid, 'SIGCONT');
    },
  },
  {
    name: 'two parts are killed at once',
    async play({ stack }, random) {
      const two = random.shuffle(parts).slice(0, 2);
      await Promise.all(two.map((part) => stack.kill(part)));
      for (const part of two) await stack.startAgain(part);
      await waitFor(async () => (await fetch(`${stack.issuer}/health/live`)).ok, { timeout: 60_000 });
    },
  },
];
