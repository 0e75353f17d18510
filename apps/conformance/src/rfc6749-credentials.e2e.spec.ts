import { generateKey } from '@chancery/oauth/client';
import { beforeAll, describe, expect, it } from 'vitest';
import { assertionType, askToken, giveBack, register } from './spec-kit/clients.js';
import { forgeAssertion, forgeProof } from './spec-kit/forge.js';
import { ask, postForm } from './spec-kit/http.js';
import { demo, iatOfThisRun, issuer } from './spec-kit/target.js';
import { act, anAgent, newAgent } from './spec-kit/world.js';

const agent = anAgent();
const key = generateKey();

let id: string;
let secret: string;
beforeAll(async () => {
  const { body } = await register(issuer, iatOfThisRun.token, {});
  [id, secret] = [body.client_id, body.client_secret];
});

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const form = { grant_type: 'client_credentials', resource: demo };
const proof = () => ({ dpop: forgeProof({ key, url: `${issuer}/token` }) });
const askWith = (authorization: string, more: Record<string, string> = {}) =>
  ask(`${issuer}/token`, () => postForm({ ...form, ...more }, { authorization, ...proof() }));

describe('a client secret (RFC 6749 §2.3.1)', () => {
  it('gives a token, under a scheme without case, also where the body repeats the id (CLA-01, CLA-04)', async () => {
    expect((await askWith(basic(id, secret))).status).toBe(200);
    expect((await askWith(basic(id, secret).replace('Basic', 'bAsIc'), { client_id: id })).status).toBe(200);
  });

  it('is form-decoded, and its id too (CLA-04)', async () => {
    const escaped = (text: string) => `%${Buffer.from(text.slice(0, 1)).toString('hex')}${text.slice(1)}`;
    expect((await askWith(basic(escaped(id), escaped(secret)))).status).toBe(200);
  });

  it.each([
    ['wrong', () => basic(id, 'x'.repeat(43))],
    ['of nobody', () => basic('ag_nobody', 'x'.repeat(43))],
    ['of another agent', () => basic(agent.clientId, secret)],
    ['empty', () => basic(id, '')],
    ['without an id', () => basic('', secret)],
    ['without a colon', () => `Basic ${Buffer.from(id).toString('base64')}`],
    ['that is no base64', () => 'Basic %%%'],
    ['with a broken escape', () => basic(id, '%zz')],
  ])('%s is 401 with the scheme that was tried, and one body (CLA-03, CLA-04, WIRE-11, WIRE-19)', async (_name, authorization) => {
    const answer = await askWith(authorization());
    expect(answer).toBeRefused(401, 'invalid_client');
    expect(answer.headers['www-authenticate']).toMatch(/^Basic realm="chancery"/);
    expect(answer.text).toBe((await askWith(basic('ag_nobody', 'y'.repeat(43)))).text);
  });

  it('is not taken from the body by who registered for the header (CLA-02)', async () => {
    const answer = await ask(`${issuer}/token`, () => postForm({ ...form, client_id: id, client_secret: secret }, proof()));
    expect(answer).toBeRefused(401, 'invalid_client');
  });

  it('is no credential of another scheme (WIRE-11)', async () => {
    const answer = await askWith(`Bearer ${secret}`);
    expect(answer).toBeRefused(401, 'invalid_client');
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer /);
  });

  it('works at /revoke as at /token (RFC 7009 §2.1, CLA-02)', async () => {
    const revoke = (password: string) =>
      ask(`${issuer}/revoke`, () => postForm({ token: 'nothing' }, { authorization: basic(id, password) }));
    expect((await revoke(secret)).status).toBe(200);
    expect(await revoke('x'.repeat(43))).toBeRefused(401, 'invalid_client');
  });
});

describe('a client', () => {
  it('that shows nothing is asked for Basic (WIRE-11)', async () => {
    for (const more of [{}, { client_id: id }]) {
      const answer = await ask(`${issuer}/token`, () => postForm({ ...form, ...more }, proof()));
      expect(answer).toBeRefused(401, 'invalid_client');
      expect(answer.headers['www-authenticate']).toMatch(/^Basic realm="chancery"/);
    }
  });

  it('uses one method a request (OAuth 2.1 §2.4, CLA-01)', async () => {
    expect(await askToken(agent, { headers: { authorization: basic(id, secret) } })).toBeRefused(400, 'invalid_request');
    expect(await askToken(agent, { form: { client_secret: 'x' } })).toBeRefused(400, 'invalid_request');
    expect(await askWith(basic(id, secret), { client_secret: secret })).toBeRefused(400, 'invalid_request');
    expect(await giveBack(agent, { token: 'x', client_secret: 'x' })).toBeRefused(400, 'invalid_request');
  });

  it('is who its credential says, and no other (CLA-01)', async () => {
    expect(await askWith(basic(id, secret), { client_id: agent.clientId })).toBeRefused(400, 'invalid_request');
    expect(await askToken(agent, { form: { client_id: id } })).toBeRefused(400, 'invalid_request');
    expect((await askToken(agent, { form: { client_id: agent.clientId } })).status).toBe(200);
  });

  it('has the method it registered, and no other (CLA-02)', async () => {
    expect(await askWith(basic(agent.clientId, 'x'.repeat(43)))).toBeRefused(401, 'invalid_client');
    const assertion = { client_assertion_type: assertionType, client_assertion: forgeAssertion({ clientId: id, issuer, key }) };
    expect(await ask(`${issuer}/token`, () => postForm({ ...form, ...assertion }, proof()))).toBeRefused(401, 'invalid_client');
  });

  it('that is suspended or revoked hears what nobody hears (CLA-03)', async () => {
    const [suspended, revoked] = [await newAgent(), await newAgent()];
    for (const [{ clientId }, verb] of [
      [suspended, 'suspend'],
      [revoked, 'revoke'],
    ] as const)
      expect((await act({ scope: 'chancery:revoke', path: `/agents/${clientId}/${verb}`, body: { reason: 'spec' } })).status).toBe(200);
    const answers = [await askToken(suspended), await askToken(revoked), await askToken({ ...suspended, clientId: 'ag_nobody' })];
    for (const answer of answers) expect(answer).toBeRefused(401, 'invalid_client');
    expect(new Set(answers.map(({ text, headers }) => text + headers['www-authenticate'])).size).toBe(1);
  });
});
