import { describe, expect, it } from 'vitest';
import { presentedClient } from '../client-auth/presented-client.js';
import { verifyClientAssertion } from '../client-auth/private-key-jwt.js';
import { verifyProof } from '../dpop/verify-proof.js';
import { gatewayWindow, serverWindow } from '../dpop/window.js';
import { parseForm } from '../form.js';
import { callResource } from './call-resource.js';
import { generateKey, keyFromJwk } from './keys.js';
import { requestToken } from './request-token.js';
import { ResponseError } from './response-error.js';

const issuer = 'https://id.example';
const now = 1_795_429_800;
const clientKey = generateKey();
const proofKey = generateKey('Ed25519');

/** A `fetch` that keeps the request it was given and answers with what it was told. */
function recorder(status: number, body: string) {
  const requests: Request[] = [];
  const record: typeof fetch = async (input, init) => {
    requests.push(new Request(input, init));
    return new Response(body, { status });
  };
  return { requests, fetch: record };
}

describe('a key', () => {
  it.each(['ES256', 'PS256', 'Ed25519'] as const)('of %s survives as a private JWK', (alg) => {
    const key = generateKey(alg);
    expect(keyFromJwk(key.privateKey.export({ format: 'jwk' }))).toMatchObject({ publicJwk: key.publicJwk, thumbprint: key.thumbprint });
  });

  it('of another kind is refused', () => {
    expect(() => keyFromJwk({ kty: 'oct', k: 'AAAA' })).toThrow('JWK');
    expect(() => keyFromJwk({ ...generateKey().publicJwk })).toThrow('d');
  });
});

describe('an agent that asks for a token', () => {
  const request = {
    issuer,
    clientId: 'ag_J',
    clientKey,
    proofKey,
    form: { grant_type: 'client_credentials', resource: ['a:b', 'c:d'] },
    now,
  };

  it('sends what the server accepts', async () => {
    const { requests, fetch } = recorder(200, '{"access_token":"t","token_type":"DPoP","expires_in":600}');
    expect(await requestToken({ ...request, fetch })).toEqual({ access_token: 't', token_type: 'DPoP', expires_in: 600 });

    const sent = requests[0] as Request;
    expect([sent.method, sent.url]).toEqual(['POST', 'https://id.example/token']);
    const form = parseForm(Buffer.from(await sent.text()));
    expect([form.one('grant_type'), form.many('resource')]).toEqual(['client_credentials', ['a:b', 'c:d']]);

    const presented = presentedClient(form, undefined);
    expect(presented).toMatchObject({ method: 'private_key_jwt', clientId: 'ag_J' });
    const client = { clientId: 'ag_J', jwks: { keys: [clientKey.publicJwk] } };
    const assertion = form.required('client_assertion');
    expect(verifyClientAssertion({ assertion, client, issuer, now }).kid).toBe(clientKey.thumbprint);
    const proof = verifyProof({
      header: sent.headers.get('dpop') ?? undefined,
      method: 'POST',
      url: `${issuer}/token`,
      now,
      window: serverWindow,
    });
    expect(proof.thumbprint).toBe(proofKey.thumbprint);
  });

  it('is thrown status and body of a refusal', async () => {
    const { fetch } = recorder(401, '{"error":"invalid_client"}');
    const error = await requestToken({ ...request, fetch }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ResponseError);
    expect(error).toMatchObject({ status: 401, body: { error: 'invalid_client' }, message: 'the server answered 401 invalid_client' });
  });

  it('is thrown the text of an answer that is no JSON', async () => {
    const { fetch } = recorder(502, '<html>');
    await expect(requestToken({ ...request, fetch })).rejects.toMatchObject({ status: 502, body: '<html>' });
  });

  it('sends no proof when it asks for a bearer token', async () => {
    const { requests, fetch } = recorder(200, '{}');
    const { proofKey: _, ...bearer } = request;
    await requestToken({ ...bearer, fetch });
    expect(requests[0]?.headers.has('dpop')).toBe(false);
  });
});

describe('an agent that calls a resource', () => {
  const url = 'https://id.example/demo/notes?since=1';

  it('sends token, a proof for this token and this call, and what it says about it', async () => {
    const { requests, fetch } = recorder(201, '{}');
    const agentContext = { run_id: 'r1' };
    const answer = await callResource({ fetch, url, method: 'POST', token: 'tok', proofKey, body: { text: 'hi' }, agentContext, now });
    expect(answer.status).toBe(201);

    const sent = requests[0] as Request;
    expect([sent.headers.get('authorization'), await sent.text()]).toEqual(['DPoP tok', '{"text":"hi"}']);
    const proof = verifyProof({
      header: sent.headers.get('dpop') ?? undefined,
      method: 'POST',
      url: 'https://id.example/demo/notes',
      now,
      window: gatewayWindow,
      accessToken: 'tok',
      expectedThumbprint: proofKey.thumbprint,
    });
    expect(proof.agentContext).toEqual(agentContext);
  });

  it('is given a refusal as an answer, and sends a bearer token alone', async () => {
    const { requests, fetch } = recorder(401, '');
    expect((await callResource({ fetch, url, method: 'GET', token: 'tok' })).status).toBe(401);
    expect([requests[0]?.headers.get('authorization'), requests[0]?.headers.has('dpop')]).toEqual(['Bearer tok', false]);
  });
});
