import { iat } from '@chancery/domain';
import { openMemoryStore } from '@chancery/eventstore/memory';
import { type ChanceryEvent, streamName } from '@chancery/events';
import { OAuthError } from '@chancery/oauth';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../service-auth/caller.js';
import { act } from './act.js';
import { operatorKeys } from './operator.js';

const issued = 1_800_000_000;
const why = { reason: 'spec', by: 'op_2' };
const caller: Caller = {
  clientId: 'op_1',
  scope: ['chancery:revoke'],
  grantId: 'gr_op',
  jti: 'tk_op',
  iat: issued,
  kid: 'k_op',
  jkt: 'j'.repeat(43),
  profile: 'service',
  iatId: 'it_op',
};

const minted = (iatId: string): ChanceryEvent => ({
  type: 'iat.minted',
  iatId,
  class: 'default',
  uses: 1,
  expiresAt: issued + 3_600,
  tokenHash: 'h'.repeat(43),
  by: 'system',
});

/** An operator whose token is a minute old, and an initial access token it would end. */
async function world() {
  const clock = { seconds: issued + 60 };
  const store = openMemoryStore({ now: () => clock.seconds * 1_000_000 });
  const record = async (stream: string, ...events: ChanceryEvent[]) => {
    const { length: expected } = await store.read(stream);
    expect(await store.append({ streams: [{ stream, expected, events }] })).toMatchObject({ outcome: 'recorded' });
  };
  const target = streamName('iat', 'it_1');
  await record(target, minted('it_1'));
  const end = (operator: Caller = caller) =>
    act({
      store,
      stream: target,
      decider: iat,
      command: { type: 'revoke-iat', reason: 'spec', by: operator.clientId },
      notRevoked: operatorKeys(operator),
      refuse: (refusal) => new OAuthError('invalid_request', { refusal }),
    });
  return { clock, store, record, end, target };
}

describe("an operator's act", () => {
  it('is recorded while nothing it rests on has ended', async () => {
    const { end } = await world();
    expect(await end()).toMatchObject({ already: false });
  });

  it.each<[string, string, ChanceryEvent[]]>([
    ['the operator is ended', streamName('agent', 'op_1'), [{ type: 'agent.revoked', agentId: 'op_1', ...why }]],
    [
      'the operator is suspended, even if it is resumed',
      streamName('agent', 'op_1'),
      [
        { type: 'agent.suspended', agentId: 'op_1', ...why },
        { type: 'agent.resumed', agentId: 'op_1', ...why },
      ],
    ],
    ['its token’s grant is ended', streamName('grant', 'gr_op'), [{ type: 'grant.revoked', grantId: 'gr_op', cause: 'operator', ...why }]],
    [
      'the key that signed its token is ended',
      streamName('key', 'access-token'),
      [{ type: 'key.revoked', purpose: 'access-token', kid: 'k_op', ...why }],
    ],
    ['the initial access token it came from is ended', streamName('iat', 'it_op'), [{ type: 'iat.revoked', iatId: 'it_op', ...why }]],
  ])('is refused, and nothing recorded, once %s', async (_, stream, events) => {
    const { clock, store, record, end, target } = await world();
    await record(stream, ...events);
    clock.seconds += 60;
    await expect(end()).rejects.toMatchObject({ code: 'invalid_token', status: 401, refusal: 'requester_revoked' });
    expect(await store.read(target)).toHaveLength(1);
  });

  it('is one again with a token from after it was resumed', async () => {
    const { clock, record, end } = await world();
    await record(
      streamName('agent', 'op_1'),
      { type: 'agent.suspended', agentId: 'op_1', ...why },
      { type: 'agent.resumed', agentId: 'op_1', ...why },
    );
    clock.seconds += 60;
    expect(await end({ ...caller, iat: clock.seconds - 1 })).toMatchObject({ already: false });
  });

  it('rests on its proof key too', () => {
    expect(operatorKeys(caller)).toContainEqual({ kind: 'instance', id: caller.jkt, since: issued });
    expect(operatorKeys(caller)).toContainEqual({ kind: 'instance', id: `op_1.${caller.jkt}`, since: issued });
  });
});
