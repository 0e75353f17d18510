import { generateKey } from '@chancery/oauth/client';
import { waitFor } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import { administer, metadataOf, mintIat, register } from '../spec-kit/clients.js';
import { aLife } from '../spec-kit/life.js';

const life = aLife();

describe('a lease in the running service', () => {
  it('is warned of an hour before its end, once, without anybody asking (IAT-08)', async () => {
    const { body } = await administer(life.operator, { scope: 'chancery:registry', method: 'GET', path: '/classes/default' });
    // The hour ahead begins two seconds from now.
    const brief = { ...body.definition, lease: 3_602 };
    const define = { scope: 'chancery:policy', method: 'PUT', path: '/classes/brief', body: brief };
    expect((await administer(life.operator, define)).status).toBe(200);
    const { token } = await mintIat(life.operator, { class: 'brief' });
    const { body: agent } = await register(life.issuer, token, metadataOf(generateKey()));

    const warnings = () => life.log({ type: 'agent.expiry-warned' });
    await waitFor(async () => (await warnings()).length > 0, { timeout: 30_000, every: 250 });
    expect((await warnings()).map(({ stream, data }) => [stream, data])).toEqual([
      [`main/agent/${agent.client_id}`, { agentId: agent.client_id, leaseEndsAt: agent.lease_expires_at, by: 'system' }],
    ]);
  }, 60_000);
});
