import { join } from 'node:path';
import { type Bus, type BusRecord, StoreUnavailable } from '@chancery/eventstore';
import type { Log } from '@chancery/platform';
import { drainer } from './drainer.js';
import { flights } from './flights.js';
import { gate } from './gate.js';
import { groupCommit } from './group-commit.js';
import { holdFolder, SpoolUnusable } from './hold-folder.js';
import { encodeLine } from './line.js';
import { openSegments } from './segments.js';

/** What happens to a call while the bus is away: its record waits on this machine's disk, or it is denied. */
export type Unrecorded = 'spool' | 'deny';

/** The way of activity records to the bus (design §8). */
export interface Spool {
  /** Takes the folder, and begins to drain what an earlier run left there. @throws SpoolUnusable */
  start(): Promise<void>;
  /**
   * Resolves when the records are durable: on the bus, or for `spool` on the disk until the bus takes them.
   * @throws StoreUnavailable when neither takes them, or it is not known; TypeError for a record that no bus takes
   */
  publish(records: readonly BusRecord[], unrecorded: Unrecorded): Promise<void>;
  /** `direct` to the bus; `spooling` while anything waits; `full` when no further call should begin. */
  state(): 'direct' | 'spooling' | 'full';
  /** What waits. */
  held(): { readonly bytes: number; readonly records: number };
  /** What waits stays for the next start. */
  stop(): Promise<void>;
}

export interface SpoolOptions {
  readonly bus: Pick<Bus, 'publish'>;
  /** Whose it is: a folder of this name is made below `folder`. */
  readonly gateway: string;
  readonly folder: string;
  /** The most it may hold; at least 128 KiB. */
  readonly maxBytes: number;
  readonly log: Log;
  /** Milliseconds the bus may take; 1 000 unless told. */
  readonly patience?: number;
  /** Milliseconds between two tries to drain: at first, and at most. */
  readonly retries?: { readonly first: number; readonly most: number };
}

const mebibyte = 1_048_576;
/** Room for what is on its way when the spool begins to call itself full: a call that began is recorded. */
const spare = 65_536;

/** Opens nothing before `start`. @throws RangeError for a bound that leaves no room */
export function openSpool(options: SpoolOptions): Spool {
  const { bus, gateway, maxBytes, log, patience = 1_000, retries = { first: 100, most: 5_000 } } = options;
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 2 * spare) throw new RangeError(`a spool holds at least ${2 * spare} bytes`);
  // A name such as `..` is a file name like any other behind a prefix.
  const folder = join(options.folder, `gateway-${gateway}`);
  const segments = openSegments({ folder, segmentBytes: Math.min(4 * mebibyte, maxBytes / 8), log });
  let release: (() => void) | undefined;
  let unwritable = false;

  const commit = groupCommit(async (lines) => {
    try {
      await segments.append(lines);
    } catch (err) {
      if (!unwritable) log.error({ name: gateway, err }, 'the spool cannot be written to');
      unwritable = true;
      throw err;
    }
    unwritable = false;
  });
  const handOver = gate(patience);
  const drain = drainer({ bus, segments, commit, gate: handOver, gateway, log, retries });
  const bytes = (): number => segments.bytes + commit.bytes;
  const waiting = (): boolean => !segments.empty || commit.busy;

  const spool = async (records: readonly BusRecord[]): Promise<void> => {
    const lines = records.map(encodeLine);
    if (release === undefined) throw new StoreUnavailable('the spool is closed');
    if (bytes() + lines.reduce((sum, { length }) => sum + length, 0) > maxBytes) throw new StoreUnavailable('the spool is full');
    if (!waiting()) log.warn({ name: gateway }, 'the bus is away: activity records wait in the spool');
    const added = Promise.all(lines.map((line) => commit.add(line)));
    drain.begin();
    try {
      await added;
    } catch (cause) {
      throw new StoreUnavailable('the spool cannot be written to', { cause });
    }
  };
  const direct = flights({ bus, patience, land: spool });

  return {
    async start() {
      const held = holdFolder(folder);
      try {
        await segments.load();
      } catch (cause) {
        held();
        throw new SpoolUnusable('what an earlier run left in the spool cannot be read', { cause });
      }
      release = held;
      if (waiting()) drain.begin();
    },
    async publish(records, unrecorded) {
      if (handOver.opened) await handOver.opened;
      // Behind what waits, whatever the bus would say now: order is kept, and no call waits for the bus again.
      if (!waiting()) return direct(records, unrecorded);
      if (unrecorded === 'deny') throw new StoreUnavailable('the bus is away, and this route does not go on without it');
      return spool(records);
    },
    state: () => (!waiting() ? 'direct' : bytes() + spare > maxBytes ? 'full' : 'spooling'),
    held: () => ({ bytes: bytes(), records: segments.records }),
    async stop() {
      await drain.stop();
      const held = release;
      release = undefined;
      while (commit.busy) await commit.round();
      await segments.close();
      held?.();
    },
  };
}
