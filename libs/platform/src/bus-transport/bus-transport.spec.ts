import { type Bus, type BusRecord, type SubscribeOptions, Unhandleable } from '@chancery/eventstore';
import { encodeEvent, topics } from '@chancery/events';
import { Controller, type DynamicModule, Module } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { defer, of, throwError } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createService } from '../http/service.js';
import { silentLog } from '../logs/log.js';
import { type BusMessage, BusTransport } from './bus-transport.js';

const agentEvent = (type: 'agent.suspended' | 'agent.resumed' | 'agent.revoked', agentId: string): BusRecord => {
  const { version, data } = encodeEvent({ type, agentId, reason: 'spec', by: 'system' });
  return {
    topic: topics.registry,
    key: agentId,
    id: crypto.randomUUID(),
    source: `main/agent/${agentId}`,
    type,
    version,
    subject: agentId,
    time: 1,
    data,
  };
};

/** Every handler notes what it got when it has finished with it. */
async function serving(...controllers: (new () => object)[]) {
  let given: SubscribeOptions | undefined;
  let stopped = false;
  const bus: Pick<Bus, 'subscribe'> = {
    subscribe: async (options) => {
      await Promise.resolve();
      given = options;
      return { caughtUp: () => Promise.resolve(), stop: async () => void (stopped = true) };
    },
  };
  @Module({})
  class HandlersModule {
    static with = (): DynamicModule => ({ module: HandlersModule, controllers });
  }
  const transport = new BusTransport({ bus, group: 'audit', topics: [topics.registry] });
  const service = await createService({ name: 'audit', module: HandlersModule.with(), log: silentLog, transports: [transport] });
  let open = true;
  const close = async () => {
    if (open) await service.close();
    open = false;
  };
  onTestFinished(close);
  if (!given) throw new Error('nothing was subscribed');
  return { ...given, close, stopped: () => stopped };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('handlers of events', () => {
  it('are subscribed with their group and topics, and no longer once the service is closed', async () => {
    @Controller()
    class None {}
    const { group, topics: heard, close, stopped } = await serving(None);
    expect([group, heard]).toEqual(['audit', [topics.registry]]);
    await close();
    expect(stopped()).toBe(true);
  });

  it('get the type they name; `*` gets what nobody named; a known type without either is let by', async () => {
    const got: string[] = [];
    @Controller()
    class Named {
      @EventPattern('agent.suspended')
      suspended(@Payload() { event, record }: BusMessage) {
        got.push(`suspended ${record.subject} ${event.type}`);
      }
    }
    @Controller()
    class Others {
      @EventPattern('*')
      other(@Payload() { event }: BusMessage) {
        got.push(`other ${event.type}`);
      }
    }
    const records = [agentEvent('agent.suspended', 'ag_1'), agentEvent('agent.resumed', 'ag_1')];
    await (await serving(Named)).handle(records);
    expect(got.splice(0)).toEqual(['suspended ag_1 agent.suspended']);
    await (await serving(Named, Others)).handle(records);
    expect(got).toEqual(['suspended ag_1 agent.suspended', 'other agent.resumed']);
  });

  it('are waited for, one record after the other, whatever they return', async () => {
    const got: string[] = [];
    @Controller()
    class Slow {
      @EventPattern('agent.suspended')
      async suspended(@Payload() { record }: BusMessage) {
        await settled();
        got.push(`promise ${record.subject}`);
      }

      @EventPattern('agent.resumed')
      resumed(@Payload() { record }: BusMessage) {
        return defer(async () => {
          await settled();
          got.push(`observable ${record.subject}`);
        });
      }
    }
    const { handle } = await serving(Slow);
    await handle([agentEvent('agent.suspended', 'ag_1'), agentEvent('agent.resumed', 'ag_2'), agentEvent('agent.suspended', 'ag_3')]);
    expect(got).toEqual(['promise ag_1', 'observable ag_2', 'promise ag_3']);
  });

  it('with `batch` get a run of records at once, and keep their place among others', async () => {
    const got: string[] = [];
    @Controller()
    class Batching {
      @EventPattern('*', { batch: true })
      all(@Payload() messages: BusMessage[]) {
        got.push(messages.map(({ record }) => record.subject).join('+'));
      }

      @EventPattern('agent.revoked')
      revoked(@Payload() { record }: BusMessage) {
        got.push(`revoked ${record.subject}`);
      }
    }
    const { handle } = await serving(Batching);
    await handle([
      agentEvent('agent.suspended', 'ag_1'),
      agentEvent('agent.resumed', 'ag_2'),
      agentEvent('agent.revoked', 'ag_3'),
      agentEvent('agent.suspended', 'ag_4'),
    ]);
    expect(got).toEqual(['ag_1+ag_2', 'revoked ag_3', 'ag_4']);
  });

  it('that fail tell the bus the cause, from a promise or an observable', async () => {
    const cause = new Error('no row');
    @Controller()
    class Failing {
      @EventPattern('agent.suspended')
      suspended(@Payload() _message: BusMessage) {
        return Promise.reject(cause);
      }

      @EventPattern('agent.resumed')
      resumed(@Payload() _message: BusMessage) {
        return throwError(() => cause);
      }

      @EventPattern('agent.revoked')
      revoked(@Payload() _message: BusMessage) {
        return of('fine');
      }
    }
    const { handle } = await serving(Failing);
    for (const type of ['agent.suspended', 'agent.resumed'] as const) await expect(handle([agentEvent(type, 'ag_1')])).rejects.toBe(cause);
    await handle([agentEvent('agent.revoked', 'ag_1')]);
  });

  it.each<[string, Partial<BusRecord>]>([
    ['of an unknown type', { type: 'agent.promoted' }],
    ['of a newer version', { version: 99 }],
    ['that is malformed', { data: Buffer.from('{}') }],
  ])('never see a record %s: waiting cannot help it', async (_, changed) => {
    const got: unknown[] = [];
    @Controller()
    class All {
      @EventPattern('*')
      all(@Payload() message: BusMessage) {
        got.push(message);
      }
    }
    const { handle } = await serving(All);
    await expect(handle([{ ...agentEvent('agent.suspended', 'ag_1'), ...changed }])).rejects.toThrow(Unhandleable);
    expect(got).toEqual([]);
  });
});
