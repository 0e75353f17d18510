import type { EventStore } from '@chancery/eventstore';
import { openMemoryStore } from '@chancery/eventstore/memory';
import { type AgentEvent, streamName } from '@chancery/events';
import type { Caller } from '@chancery/platform';
import { describe, expect, it } from 'vitest';
import { commandAgent } from './agents.js';

const registered: AgentEvent = {
  type: 'agent.registered',
  agentId: 'ag_1',
  profile: 'ai_agent',
  authMethod: 'private_key_jwt',
  grantTypes: ['client_credentials'],
  scope: ['demo:read'],
  audiences: ['https://id.example/demo'],
  dpopBound: true,
  by: 'system',
};
const operator: Caller = { clientId: 'op_1', scope: [], grantId: 'gr_1', jti: 'tk_1', iat: 1, kid: 'k1', profile: 'service' };
const stream = streamName('agent', 'ag_1');

/** A store in which the agent is faster that many times: it writes to its own stream before each append of somebody else. */
async function storeOutrun(times: number): Promise<EventStore> {
  const store = openMemoryStore();
  await store.append({ streams: [{ stream, expected: 0, events: [registered] }] });
  let left = times;
  return {
    ...store,
    async append(append) {
      const event: AgentEvent = { type: 'agent.rat-confirmed', agentId: 'ag_1', by: 'ag_1' };
      if (left-- > 0) await store.append({ streams: [{ stream, expected: (await store.read(stream)).length, events: [event] }] });
      return store.append(append);
    },
  };
}

describe('an agent that changes its registration all the time', () => {
  it('does not outrun its revocation', async () => {
    const store = await storeOutrun(20);
    const command = { type: 'revoke-agent', agentId: 'ag_1', reason: 'spec' } as const;
    expect(await commandAgent(command, operator, store)).toMatchObject({ already: false });
    expect((await store.read(stream)).at(-1)?.event.type).toBe('agent.revoked');
  });
});
