import { describe, expect, it } from 'vitest';
import { type VerifiedToken, verifiedTokens } from './verified-tokens.js';

const now = 1_000;
const verified = (jti: string, exp = now + 600): VerifiedToken => ({
  claims: {
    iss: 'https://id.example',
    sub: 'ag_1',
    aud: 'https://id.example/demo',
    exp,
    iat: now,
    jti,
    client_id: 'ag_1',
    sub_profile: 'ai_agent',
    grant_id: 'gr_1',
    txn: 'tx_1',
  },
  kid: 'k1',
  notBefore: undefined,
  entry: 'access-token',
  scope: [],
  lookups: [],
});

describe('the tokens verified before', () => {
  it('are known by the whole token, until they end', () => {
    const tokens = verifiedTokens(10);
    const one = verified('tk_1');
    tokens.set('a.b.c', one);
    expect([tokens.get('a.b.c', now), tokens.get('a.b.d', now)]).toEqual([one, undefined]);
    expect([tokens.get('a.b.c', one.claims.exp - 1), tokens.get('a.b.c', one.claims.exp), tokens.size]).toEqual([one, undefined, 0]);
  });

  it('are never more than so many, and those that go on being seen stay', () => {
    const tokens = verifiedTokens(10);
    for (let nth = 0; nth < 100; nth++) {
      tokens.set(`t${nth}`, verified(`tk_${nth}`));
      expect(tokens.size).toBeLessThanOrEqual(10);
      expect(tokens.get('t0', now)?.claims.jti).toBe('tk_0');
    }
    expect([tokens.get('t1', now), tokens.get('t99', now)?.claims.jti]).toEqual([undefined, 'tk_99']);
  });
});
