import type { Bus, BusRecord, Subscription } from '@chancery/eventstore';
import { readRecord, Unhandleable } from '@chancery/eventstore';
import { type ActivityRecord, type ChanceryEvent, type Topic, UnreadableEvent } from '@chancery/events';
import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { type Log, silentLog } from '../logs/log.js';
import { metrics } from '../metrics/metrics.js';

/** What an `@EventPattern` handler gets; one registered with `{ batch: true }` gets an array of them. */
export interface BusMessage<Event = ChanceryEvent | ActivityRecord> {
  readonly record: BusRecord;
  readonly event: Event;
}

export interface BusTransportOptions {
  readonly bus: Pick<Bus, 'subscribe'>;
  /** Members of a group share its offset. */
  readonly group: string;
  readonly topics: readonly Topic[];
  readonly log?: Log;
}

/**
 * Lets handlers read `@EventPattern('grant.revoked')` over any adapter of the bus; `'*'` takes every type that has no handler of its own. A record
 * counts as handled when its handler has finished, so what one throws reaches the bus, which retries and quarantines.
 */
export class BusTransport extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;
  #subscription: Subscription | undefined;

  constructor(private readonly options: BusTransportOptions) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    void this.#begin(callback);
  }

  async close(): Promise<void> {
    await this.#subscription?.stop();
  }

  /** Resolves when everything that was there when it is called has been handled, quarantined or held. */
  async caughtUp(): Promise<void> {
    await this.#subscription?.caughtUp();
  }

  override on(): never {
    throw new Error('the bus has no events of its own');
  }

  // Nest's signature: who asks says what it expects.
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters
  override unwrap<T>(): T {
    return this.options.bus as T;
  }

  async #begin(callback: (error?: unknown) => void): Promise<void> {
    try {
      await this.#subscribe();
    } catch (error) {
      return callback(error);
    }
    callback();
  }

  async #subscribe(): Promise<void> {
    const { bus, group, topics, log = silentLog } = this.options;
    this.#subscription = await bus.subscribe({
      group,
      topics,
      handle: (records) => this.#deliver(records),
      onAlarm: ({ topic, id, source, type, position, cause }) => {
        metrics.busAlarms.inc({ service: group, topic });
        const place = { stream: source, type, ...(position !== undefined && { position: String(position) }) };
        log.error({ topic, group, id, ...place, err: new Unhandleable(cause) }, 'a record is held back or in quarantine');
      },
    });
  }

  /** In the order they came: a run of records for one batch handler goes to it at once, and ends where another handler's record begins. */
  async #deliver(records: readonly BusRecord[]): Promise<void> {
    let run: { handler: MessageHandler; messages: BusMessage[] } | undefined;
    for (const record of records) {
      const message = { record, event: readEvent(record) };
      const handler = this.messageHandlers.get(record.type) ?? this.messageHandlers.get('*');
      if (run && run.handler !== handler) {
        await finish(run.handler, run.messages);
        run = undefined;
      }
      if (handler?.extras?.['batch'] !== true) await (handler && finish(handler, message));
      else if (run) run.messages.push(message);
      else run = { handler, messages: [message] };
    }
    if (run) await finish(run.handler, run.messages);
  }
}

/** What cannot be read cannot be handled either, and waiting does not help: newer code has to read it. */
function readEvent(record: BusRecord): ChanceryEvent | ActivityRecord {
  try {
    return readRecord(record);
  } catch (cause) {
    if (cause instanceof UnreadableEvent) throw new Unhandleable(cause.message, { cause });
    throw cause;
  }
}

async function finish(handler: MessageHandler, data: BusMessage | BusMessage[]): Promise<void> {
  const result: unknown = await handler(data);
  if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
}
