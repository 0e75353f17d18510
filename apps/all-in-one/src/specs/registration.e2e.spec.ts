import { createHash } from 'node:crypto';
import { generateKey } from '@chancery/oauth/client';
import { describe, expect, it } from 'vitest';
import { administer, answerOf, askToken, metadataOf, mintIat, newAgent, register } from '../spec-kit/clients.js';
import { aLife } from '../spec-kit/life.js';

const life = aLife();

describe('registration behind an initial access token', () => {
  it('makes one agent with what its class allows, in one event, and uses the token up', async () => {
    const iat = await mintIat(life.operator);
    const key = generateKey();
    const { result, events } = await life.behind.during(() =>
      register(life.issuer, iat.token, metadataOf(key, { scope: 'demo:read admin' })),
    );
    expect(result.status).toBe(201);
    expect(result.headers.get('cache-control')).toBe('no-store');
    expect(result.body).toMatchObject({
      client_id: expect.stringMatching(/^ag_[\w-]{22}$/),
      scope: 'demo:read',
      grant_types: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
      token_endpoint_auth_method: 'private_key_jwt',
      dpop_bound_access_tokens: true,
      client_profile: 'ai_agent',
      lease_expires_at: result.body.client_id_issued_at + 86_400,
    });
    expect(result.body).not.toHaveProperty('client_secret');
    expect(events).toEqual([
      {
        stream: `main/agent/${result.body.client_id}`,
        type: 'agent.registered',
        data: expect.objectContaining({ iatId: iat.id, slot: 1, class: 'default', scope: ['demo:read'], by: iat.id }),
      },
    ]);

    const again = await life.behind.during(() => register(life.issuer, iat.token, metadataOf(generateKey())));
    expect(again.result.status).toBe(401);
    expect(again.result.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect(again.events).toEqual([]);
  });

  it('gives a secret only for a secret method, once, and stores its hash', async () => {
    const iat = await mintIat(life.operator);
    const { result, events } = await life.behind.during(() => register(life.issuer, iat.token, {}));
    expect(result.body.client_secret).toMatch(/^[\w-]{43}$/);
    expect(result.body.client_secret_expires_at).toBe(result.body.lease_expires_at);
    expect(events[0]?.data.secretHash).toBe(createHash('sha256').update(result.body.client_secret).digest('base64url'));
    expect(JSON.stringify(events)).not.toContain(result.body.client_secret);
  });

  it.each<[string, () => Promise<string | undefined> | string | undefined, boolean]>([
    ['without a token', () => undefined, false],
    ['with a token nobody minted', () => `it_01ARZ3NDEKTSV4RRFFQ69G5FAV.${'a'.repeat(43)}`, true],
    ['with half a token', async () => (await mintIat(life.operator)).token.slice(0, -1), true],
    ['with another secret under a good id', async () => `${(await mintIat(life.operator)).id}.${'a'.repeat(43)}`, true],
  ])('is refused %s, and says no more (IAT-02)', async (_name, token, named) => {
    const presented = await token();
    const { result, events } = await life.behind.during(async () =>
      answerOf(
        await fetch(`${life.issuer}/register`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...(presented !== undefined && { authorization: `Bearer ${presented}` }) },
          body: JSON.stringify(metadataOf(generateKey())),
        }),
      ),
    );
    expect(result.status).toBe(401);
    expect(result.headers.get('www-authenticate')).toMatch(/^Bearer realm="chancery-registration"/);
    expect(result.headers.get('www-authenticate')?.includes('error=')).toBe(named);
    expect(events).toEqual([]);
  });

  it('is refused after the initial access token was closed or revoked; what came before lives on when closed and ends when revoked', async () => {
    for (const end of ['close', 'revoke']) {
      const iat = await mintIat(life.operator, { uses: 3 });
      const agent = await newAgent(life.operator, { iat: iat.token });
      await administer(life.operator, { scope: 'chancery:revoke', path: `/iats/${iat.id}/${end}`, body: { reason: 'spec' } });
      expect((await register(life.issuer, iat.token, metadataOf(generateKey()))).status).toBe(401);
      expect((await askToken(agent)).status).toBe(end === 'close' ? 200 : 401);
    }
  });

  it('is refused for what the class does not allow, naming the member', async () => {
    const iat = await mintIat(life.operator);
    const wrong = { ...metadataOf(generateKey()), grant_types: ['authorization_code'] };
    const { result, events } = await life.behind.during(() => register(life.issuer, iat.token, wrong));
    expect(result.status).toBe(400);
    expect(result.body).toMatchObject({ error: 'invalid_client_metadata', error_description: expect.stringContaining('grant_types') });
    expect(events).toEqual([]);
    // Nothing was used up.
    expect((await register(life.issuer, iat.token, metadataOf(generateKey()))).status).toBe(201);
  });
});
