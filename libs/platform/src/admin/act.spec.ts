import { agent } from '@chancery/domain';
import type { Fold } from '@chancery/eventstore';
import { openMemoryStore } from '@chancery/eventstore/memory';
import { type ChanceryEvent, streamName } from '@chancery/events';
import { OAuthError } from '@chancery/oauth';
import { describe, expect, it } from 'vitest';
import { act } from './act.js';
import { actedAnswer } from './answers.js';

const at = 1_800_000_000_123_456;
const why = { reason: 'spec', by: 'op_2' };
const stream = streamName('agent', 'ag_1');
const registered: ChanceryEvent = {
  type: 'agent.registered',
  agentId: 'ag_1',
  profile: 'service',
  authMethod: 'private_key_jwt',
  grantTypes: ['client_credentials'],
  scope: ['demo:read'],
  audiences: ['https://id.example/demo'],
  dpopBound: true,
  by: 'system',
};

async function world(...events: ChanceryEvent[]) {
  const clock = { now: at };
  const store = openMemoryStore({ now: () => clock.now });
  if (events.length > 0) await store.append({ streams: [{ stream, expected: 0, events }] });
  const refuse = (refusal: string) => new OAuthError('invalid_request', { refusal });
  const command = (type: 'suspend-agent' | 'resume-agent' | 'revoke-agent') =>
    act({ store, stream, decider: agent, command: { type, reason: 'spec', by: 'op_1' }, notRevoked: [], refuse });
  const last = async () => {
    const event = (await store.read(stream)).at(-1);
    return { at: event?.at, position: event?.position };
  };
  return { clock, store, command, last };
}

describe('what an act answers', () => {
  it('is which event it recorded, and when, as precisely as gateways say how far they are', async () => {
    const { command, last } = await world(registered);
    const acted = await command('revoke-agent');
    expect(acted).toEqual({ already: false, ...(await last()) });
    expect(actedAnswer(acted)).toEqual({ already: false, at: '2027-01-15T08:00:00.123456Z', position: String(acted.position) });
  });

  it('is, of what was so already, the event that ended it: gateways may still be on their way to it', async () => {
    for (const type of ['revoke-agent', 'suspend-agent'] as const) {
      const { clock, command, last } = await world(registered);
      await command(type);
      const ended = await last();
      clock.now += 5_000_000;
      expect(await command(type)).toEqual({ already: true, ...ended });
    }
  });

  it('names no event where none ended anything, or something came after it', async () => {
    const { command } = await world(registered);
    expect(actedAnswer(await command('resume-agent'))).toEqual({ already: true });
    await command('suspend-agent');
    await command('resume-agent');
    expect(await command('resume-agent')).toEqual({ already: true });
  });

  it('names the event that was asked for, of several: not what follows from it', async () => {
    const { store } = await world();
    const several: Fold<number> & { decide(): { ok: true; events: ChanceryEvent[] } } = {
      initial: 0,
      evolve: (count) => count + 1,
      decide: () => ({
        ok: true,
        events: [
          { type: 'iat.revoked', iatId: 'it_1', ...why },
          { type: 'iat.closed', iatId: 'it_1', ...why },
        ],
      }),
    };
    const target = streamName('iat', 'it_1');
    const acted = await act({
      store,
      stream: target,
      decider: several,
      command: {},
      notRevoked: [],
      refuse: () => new OAuthError('invalid_request', { refusal: 'x' }),
    });
    const [first, second] = await store.read(target);
    expect([acted.position, first?.position === second?.position]).toEqual([first?.position, false]);
  });
});
