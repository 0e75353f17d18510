import { randomUUID } from 'node:crypto';
import type { Bus, BusRecord, Heartbeat, RevocationEntry } from '@chancery/eventstore';
import { mainTenant, topics } from '@chancery/events';
import { entryKey, heartbeatKey, signBeat, type SignedRecord, signEntry } from '@chancery/oauth';
import type { Keys } from '@chancery/platform';

export interface PublisherDeps {
  readonly bus: Pick<Bus, 'publish'>;
  readonly keys: Keys;
  /** Seconds, by the database's clock. */
  now(): number;
}

/** Signs what the lane finds, once, for the topic and the feed alike: nobody in between can forge or un-revoke (design §5). */
export class RevocationPublisher {
  readonly #signed = new WeakMap<RevocationEntry, SignedRecord>();
  readonly #deps: PublisherDeps;
  #counter = 0;

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
  }

  entries(entries: readonly RevocationEntry[], signal?: AbortSignal): Promise<void> {
    const records = entries.map((entry) => this.#record(entryKey(entry), entry.id, entry.at, this.signed(entry)));
    return this.#deps.bus.publish(records, signal);
  }

  heartbeat(beat: Heartbeat, signal?: AbortSignal): Promise<void> {
    return this.#deps.bus.publish([this.#record(heartbeatKey, 'heartbeat', beat.through, this.signedBeat(beat))], signal);
  }

  signed(entry: RevocationEntry): SignedRecord {
    const before = this.#signed.get(entry);
    if (before) return before;
    const made = signEntry(entry, this.#deps.keys.active('revocation'));
    this.#signed.set(entry, made);
    return made;
  }

  signedBeat(beat: Heartbeat): SignedRecord {
    const at = Math.floor(this.#deps.now() * 1_000_000);
    // The time makes it grow over a restart and a change of leader, the step within one microsecond.
    this.#counter = Math.max(this.#counter + 1, at);
    return signBeat({ ...beat, counter: this.#counter, at }, this.#deps.keys.active('revocation'));
  }

  #record(key: string, subject: string, time: number, { type, data, sig, sigkid }: SignedRecord): BusRecord {
    return {
      topic: topics.revocations,
      key,
      id: randomUUID(),
      source: `${mainTenant}/revocations`,
      type,
      version: 1,
      subject,
      time,
      data: Buffer.from(data),
      extensions: { sig, sigkid },
    };
  }
}
