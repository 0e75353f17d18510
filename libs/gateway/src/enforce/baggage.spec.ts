import type { IncomingMessage } from 'node:http';
import { metrics } from '@chancery/platform';
import { describe, expect, it } from 'vitest';
import { statedInBaggage } from './baggage.js';

const stated = (...fields: string[]) => statedInBaggage({ rawHeaders: fields.flatMap((field) => ['baggage', field]) } as IncomingMessage);
const dropped = async (): Promise<number> => (await metrics.baggageDropped.get()).values.reduce((sum, { value }) => sum + value, 0);
const all = [
  'gen_ai.request.model=m-1',
  'gen_ai.provider.name=acme',
  'gen_ai.tool.name=notes.add',
  'gen_ai.tool.call.id=c1',
  'gen_ai.conversation.id=r%201',
  'gen_ai.agent.id=mine;kind=x',
];
const whole = {
  model: { name: 'm-1', provider: 'acme' },
  tool: { name: 'notes.add', call_id: 'c1' },
  run_id: 'r 1',
  agent_id: 'mine',
  vouchedBy: 'nobody',
};

describe('what baggage says of a call', () => {
  it('is what the GenAI names say, in one field or several', () => {
    expect(stated(all.join(','))).toEqual(whole);
    expect(stated(...all)).toEqual(whole);
  });

  it('is nothing where there is none, or none of these names, and that is not counted', async () => {
    const before = await dropped();
    expect(stated()).toBeUndefined();
    expect(stated('tenant=x,tenant=y', 'user=%ff')).toBeUndefined();
    expect(await dropped()).toBe(before);
  });

  it('is whole up to 64 members and 8 192 bytes (GW-26)', () => {
    const members = Array.from({ length: 58 }, (_, n) => `m${n}=v`);
    expect(stated([...all, ...members].join(','))).toEqual(whole);
    const text = `${all.join(',')},pad=`;
    expect(stated(text.padEnd(8_192, 'x'))).toEqual(whole);
  });

  it.each([
    ['65 members', [...all, ...Array.from({ length: 59 }, (_, n) => `m${n}=v`)].join(',')],
    ['8 193 bytes', `${all.join(',')},pad=`.padEnd(8_193, 'x')],
    ['a member without a value', 'gen_ai.agent.id=mine,x'],
    ['an empty member', 'gen_ai.agent.id=mine,,a=b'],
    ['a name twice', 'gen_ai.agent.id=mine,gen_ai.agent.id=other'],
    ['bytes that are no UTF-8', 'gen_ai.agent.id=%ff'],
    ['a control character', 'gen_ai.agent.id=a%0Ab'],
    ['a text that turns around', 'gen_ai.agent.id=a%E2%80%AEb'],
    ['a value that is empty', 'gen_ai.agent.id='],
    ['a value too long', `gen_ai.agent.id=${'x'.repeat(257)}`],
  ])('is dropped as a whole, and counted, for %s', async (_name, field) => {
    const before = await dropped();
    expect(stated('gen_ai.provider.name=acme')).toEqual({ model: { provider: 'acme' }, vouchedBy: 'nobody' });
    expect(stated(field)).toBeUndefined();
    expect(await dropped()).toBe(before + 1);
  });
});
