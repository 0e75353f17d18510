import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorld, type World } from '../spec-kit/world.js';

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.gateway.start();
});
afterEach(() => world.close());

function requestWith(headers: readonly string[], url = '/demo/notes'): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  return Object.assign(request, { method: 'GET', url, rawHeaders: [...headers] });
}

const honest = async (): Promise<IncomingMessage> => {
  const token = await world.token();
  return requestWith(['authorization', `DPoP ${token}`, 'dpop', await world.proof(token)]);
};

describe('the check of a call, alone', () => {
  it('says what was verified, and records and forwards nothing', async () => {
    await expect.poll(() => world.gateway.ready()).toBe(true);
    const call = await world.gateway.check(await honest());
    expect(call).toMatchObject({
      path: '/demo/notes',
      scheme: 'DPoP',
      token: { claims: { jti: 'tk_1' } },
      proof: { thumbprint: world.holder.thumbprint },
    });
    expect([world.bus.published.filter(({ type }) => type.startsWith('activity.')), world.refused]).toEqual([[], []]);
  });

  it('uses the proof up, for itself and for a call that is let through', async () => {
    await expect.poll(() => world.gateway.ready()).toBe(true);
    const request = await honest();
    await world.gateway.check(request);
    await expect(world.gateway.check(request)).rejects.toMatchObject({ refusal: 'proof_replayed' });
    expect((await world.send({ headers: request.rawHeaders })).status).toBe(401);
  });

  it('refuses whatever the call would be refused for', async () => {
    await expect.poll(() => world.gateway.ready()).toBe(true);
    const token = await world.token();
    const refusalOf = (request: IncomingMessage) => world.gateway.check(request).catch(({ refusal }: { refusal: string }) => refusal);
    expect(await refusalOf(requestWith([]))).toBe('token_missing');
    expect(await refusalOf(requestWith(['authorization', `Bearer ${token}`]))).toBe('binding_mismatch');
    expect(await refusalOf(requestWith(['authorization', `DPoP ${token}`]))).toBe('proof_invalid');
    expect(await refusalOf(requestWith([], '/demo/../notes'))).toBe('path_ambiguous');
    expect(await refusalOf(requestWith([], '/nowhere'))).toBe('route_unknown');
  });
});
