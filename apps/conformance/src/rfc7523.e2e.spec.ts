import { generateKey } from '@chancery/oauth/client';
import { describe, expect, it } from 'vitest';
import { askToken, assertionType, exchange, giveBack, register, metadataOf, tokenOf } from './spec-kit/clients.js';
import { type Change, forgeAssertion, forgeProof, jws, newJti, now } from './spec-kit/forge.js';
import { tally } from './spec-kit/http.js';
import { iatOfThisRun, issuer } from './spec-kit/target.js';
import { anAgent } from './spec-kit/world.js';

const agent = anAgent();
const stranger = generateKey();
const saying = (change: Change) => askToken(agent, { assertion: forgeAssertion(agent, change) });

describe('a client assertion (RFC 7523 §3, RFC 10070)', () => {
  it.each<[string, () => Change]>([
    ['of type client-authentication+jwt', () => ({})],
    ['of type JWT', () => ({ header: { typ: 'JWT' } })],
    ['without a type', () => ({ header: { typ: undefined } })],
    ['whose type says application/', () => ({ header: { typ: 'application/CLIENT-authentication+jwt' } })],
    ['without a kid', () => ({ header: { kid: undefined } })],
    ['that ends in five minutes', () => ({ claims: { exp: now() + 290 } })],
    ['without iat', () => ({ claims: { iat: undefined } })],
    ['with claims nobody knows', () => ({ claims: { invented: 1 } })],
    ['of a clock a little ahead', () => ({ claims: { iat: now() + 5, nbf: now() + 5 } })],
  ])('%s is accepted (CLA-07, CLA-09, CLA-10)', async (_name, change) => {
    expect((await saying(change())).status).toBe(200);
  });

  it.each(['ES256', 'PS256', 'Ed25519'] as const)(
    'may be signed with %s, and be all that a client with such a key shows (JOSE-03)',
    async (alg) => {
      const key = generateKey(alg);
      const { body } = await register(issuer, iatOfThisRun.token, metadataOf(key));
      expect((await askToken({ issuer, clientId: body.client_id, key })).status).toBe(200);
    },
  );

  it.each<[string, () => Change]>([
    ['of another key', () => ({ signer: stranger.privateKey })],
    ['of another key that it brings along', () => ({ header: { jwk: stranger.publicJwk, kid: undefined }, signer: stranger.privateKey })],
    ['under a kid nobody registered', () => ({ header: { kid: stranger.thumbprint } })],
    ['without a signature', () => ({ header: { alg: 'none' }, signer: 'nobody' })],
    [
      'signed with the public key as a secret',
      () => ({ header: { alg: 'HS256' }, signer: { secret: JSON.stringify(agent.key.publicJwk) } }),
    ],
    ['that says another algorithm than its key', () => ({ header: { alg: 'PS256' } })],
    ['with crit', () => ({ header: { crit: ['b64'], b64: false } })],
    ['of a proof’s type', () => ({ header: { typ: 'dpop+jwt' } })],
    ['of an access token’s type', () => ({ header: { typ: 'at+jwt' } })],
    ['of a type nobody knows', () => ({ header: { typ: 'other+jwt' } })],
    ['for the token endpoint', () => ({ claims: { aud: `${issuer}/token` } })],
    ['for the issuer with a slash', () => ({ claims: { aud: `${issuer}/` } })],
    ['for a list, also of one', () => ({ claims: { aud: [issuer] } })],
    ['for somebody else', () => ({ claims: { aud: 'https://other.example' } })],
    ['for nobody', () => ({ claims: { aud: undefined } })],
    ['of another subject', () => ({ claims: { sub: 'ag_nobody' } })],
    ['of another issuer', () => ({ claims: { iss: 'ag_nobody' } })],
    ['of nobody', () => ({ claims: { iss: 'ag_nobody', sub: 'ag_nobody' } })],
    ['that is over', () => ({ claims: { exp: now() - 1 } })],
    ['without an end', () => ({ claims: { exp: undefined } })],
    ['whose end is a text', () => ({ claims: { exp: String(now() + 60) } })],
    ['that ends in an hour', () => ({ claims: { exp: now() + 3_600 } })],
    ['of an hour ago', () => ({ claims: { iat: now() - 3_600 } })],
    ['of the future', () => ({ claims: { iat: now() + 120, exp: now() + 180 } })],
    ['that begins later', () => ({ claims: { nbf: now() + 120 } })],
    ['without jti', () => ({ claims: { jti: undefined } })],
    ['with an empty jti', () => ({ claims: { jti: '' } })],
    ['with a jti of 257 characters', () => ({ claims: { jti: 'j'.repeat(257) } })],
  ])('%s is nobody’s: 401 (CLA-07 to CLA-14, JOSE-02 to JOSE-06)', async (_name, change) => {
    const answer = await saying(change());
    expect(answer).toBeRefused(401, 'invalid_client');
    expect(answer.text).toBe((await saying({ signer: stranger.privateKey })).text);
  });

  it.each<[string, () => string]>([
    [
      'a claim twice',
      () =>
        jws(
          { alg: 'ES256', kid: agent.key.thumbprint },
          `{"iss":"${agent.clientId}","iss":"${agent.clientId}","sub":"${agent.clientId}","aud":"${issuer}","jti":"${newJti()}","exp":${now() + 60}}`,
          agent.key.privateKey,
        ),
    ],
    ['four parts', () => `${forgeAssertion(agent)}.x`],
    ['padding', () => `${forgeAssertion(agent)}==`],
    ['a space', () => ` ${forgeAssertion(agent)}`],
    ['more than 8 KiB', () => forgeAssertion(agent, { claims: { pad: 'x'.repeat(8_192) } })],
  ])('with %s is none: 401 (JOSE-02, WIRE-07)', async (_name, assertion) => {
    expect(await askToken(agent, { assertion: assertion() })).toBeRefused(401, 'invalid_client');
  });

  it('of a dialect nobody speaks is 401; half a pair is a mistake (RFC 7521 §4.2, CLA-07, CLA-14)', async () => {
    const saml = 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer';
    expect(await askToken(agent, { form: { client_assertion_type: saml } })).toBeRefused(401, 'invalid_client');
    expect(await askToken(agent, { form: { client_assertion_type: '' } })).toBeRefused(400, 'invalid_request');
    expect(await askToken(agent, { assertion: undefined, form: { client_assertion_type: assertionType } })).toBeRefused(
      400,
      'invalid_request',
    );
  });

  it('is neither a proof nor an access token of the same key (CLA-13)', async () => {
    const proof = forgeProof(
      { key: agent.key, url: `${issuer}/token` },
      { claims: { iss: agent.clientId, sub: agent.clientId, aud: issuer, exp: now() + 60 } },
    );
    expect(await askToken(agent, { assertion: proof })).toBeRefused(401, 'invalid_client');
    expect(await askToken(agent, { assertion: await tokenOf(agent) })).toBeRefused(401, 'invalid_client');
  });
});

describe('the single use of an assertion (RFC 7523 §3, CLA-11)', () => {
  it('is over once it gave a token, at every endpoint', async () => {
    const assertion = forgeAssertion(agent);
    const token = await tokenOf(agent, { assertion });
    expect(await askToken(agent, { assertion })).toBeRefused(401, 'invalid_client');
    expect(await exchange(agent, token, { assertion })).toBeRefused(401, 'invalid_client');
    expect(await giveBack(agent, { token }, { assertion })).toBeRefused(401, 'invalid_client');
  });

  it('is not touched by a request that was refused (WIRE-18)', async () => {
    const assertion = forgeAssertion(agent);
    expect(await askToken(agent, { assertion, form: { scope: 'demo:nothing' } })).toBeRefused(400, 'invalid_scope');
    expect((await askToken(agent, { assertion })).status).toBe(200);
  });

  it('has one winner among ten at once', async () => {
    const assertion = forgeAssertion(agent);
    const answers = await Promise.all(Array.from({ length: 10 }, () => askToken(agent, { assertion })));
    expect(tally(answers)).toEqual({ 200: 1, 401: 9 });
  });

  it('is per client: two clients may say the same jti', async () => {
    const jti = newJti();
    const key = generateKey();
    const { body } = await register(issuer, iatOfThisRun.token, metadataOf(key));
    const other = { issuer, clientId: body.client_id as string, key };
    for (const client of [agent, other])
      expect((await askToken(client, { assertion: forgeAssertion(client, { claims: { jti } }) })).status).toBe(200);
  });
});
