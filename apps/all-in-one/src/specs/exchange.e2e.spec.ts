import { generateKey } from '@chancery/oauth/client';
import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { askToken, callApi, narrow, newAgent, proofAt } from '../spec-kit/clients.js';
import { aLife } from '../spec-kit/life.js';

const life = aLife();

describe('narrowing a token by exchange', () => {
  it('makes a child of fewer scopes and a shorter life that names its parent', async () => {
    const agent = await newAgent(life.operator);
    const { body: parent } = await askToken(agent);
    const { result, events } = await life.behind.during(() =>
      narrow(agent, parent.access_token, { form: { scope: 'demo:read', requested_expires_in: '60', resource: `${life.issuer}/demo` } }),
    );
    expect(result.status).toBe(200);
    expect(result.body).toMatchObject({
      token_type: 'DPoP',
      scope: 'demo:read',
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    });
    expect(result.body.expires_in).toBeLessThanOrEqual(60);
    const [claims, parentClaims] = [decodeJwt(result.body.access_token), decodeJwt(parent.access_token)];
    expect(claims['lineage']).toEqual([
      expect.objectContaining({
        grant: parentClaims['grant_id'],
        agent: agent.clientId,
        key: agent.key.thumbprint,
        iat_id: parentClaims['iat_id'],
      }),
    ]);
    expect(claims['txn']).toBe(parentClaims['txn']);
    expect(claims).not.toHaveProperty('act');
    expect(events).toEqual([
      expect.objectContaining({
        stream: `main/grant/${String(claims['grant_id'])}`,
        type: 'grant.token-exchanged',
        data: expect.objectContaining({ parent: parentClaims['grant_id'], parentJti: parentClaims.jti, handOver: 'same_key' }),
      }),
    ]);
    expect((await callApi(agent, result.body.access_token)).status).toBe(200);
    expect((await callApi(agent, result.body.access_token, { method: 'POST', body: { text: 'no' } })).status).toBe(403);
  });

  it('never gives more: scope, audience, life, key or owner', async () => {
    const agent = await newAgent(life.operator);
    const other = await newAgent(life.operator);
    const { body: parent } = await askToken(agent, { form: { scope: 'demo:read' } });
    const token: string = parent.access_token;
    const refused = async (ask: () => ReturnType<typeof narrow>, status: number, error: string) => {
      const { result, events } = await life.behind.during(ask);
      expect(result).toMatchObject({ status, body: { error } });
      expect(events).toEqual([]);
    };
    await refused(() => narrow(agent, token, { form: { scope: 'demo:read demo:write' } }), 400, 'invalid_scope');
    await refused(() => narrow(agent, token, { form: { resource: `${life.issuer}/admin` } }), 400, 'invalid_target');
    await refused(() => narrow(agent, token, { proofKey: generateKey() }), 400, 'invalid_dpop_proof');
    await refused(() => narrow(agent, token, { proof: undefined }), 400, 'invalid_dpop_proof');
    await refused(() => narrow(other, token, { proofKey: agent.key }), 400, 'invalid_request');
    await refused(() => narrow(agent, `${token.slice(0, -8)}AAAAAAAA`), 400, 'invalid_request');
    await refused(() => narrow(agent, token, { form: { requested_expires_in: '-1' } }), 400, 'invalid_request');
    await refused(
      () => narrow(agent, token, { form: { subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' } }),
      400,
      'invalid_request',
    );
    const long = await narrow(agent, token, { form: { requested_expires_in: '99999' } });
    expect(decodeJwt(long.body.access_token).exp).toBeLessThanOrEqual(decodeJwt(token).exp ?? 0);
  });

  it('takes a proof that names the subject token, and none that names another (HND-03)', async () => {
    const agent = await newAgent(life.operator);
    const [{ body: parent }, { body: other }] = [await askToken(agent), await askToken(agent)];
    const naming = (token: string) => proofAt(`${life.issuer}/token`, agent.key, token);
    expect((await narrow(agent, parent.access_token, { proof: naming(parent.access_token) })).status).toBe(200);
    const { result, events } = await life.behind.during(() => narrow(agent, parent.access_token, { proof: naming(other.access_token) }));
    expect(result).toMatchObject({ status: 400, body: { error: 'invalid_dpop_proof' } });
    expect(events).toEqual([]);
  });
});
