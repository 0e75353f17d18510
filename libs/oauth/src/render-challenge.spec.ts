import { describe, expect, it } from 'vitest';
import { OAuthError, type OAuthErrorCode } from './errors.js';
import { type ChallengedResource, renderChallenge } from './render-challenge.js';

const notes: ChallengedResource = {
  resource: 'https://id.example/demo',
  metadataUrl: 'https://id.example/.well-known/oauth-protected-resource/demo',
  scopes: ['demo:read'],
  algs: ['ES256', 'Ed25519'],
  bearer: false,
};
const both = { ...notes, bearer: true };
const attributes = 'scope="demo:read", resource_metadata="https://id.example/.well-known/oauth-protected-resource/demo"';
const error = (code: OAuthErrorCode, options = {}) => new OAuthError(code, { refusal: 'some_reason', ...options });
const challengeOf = (answer: { headers: Record<string, string> }) => answer.headers['www-authenticate'];

describe('an error at a protected resource', () => {
  it('asks for a token without naming an error when none was shown (GW-08)', () => {
    const answer = renderChallenge(error('invalid_token', { unauthenticated: true }), notes);
    expect([answer.status, answer.body]).toEqual([401, {}]);
    expect(challengeOf(answer)).toBe(`DPoP ${attributes}, algs="ES256 Ed25519"`);
  });

  it('names Bearer only on routes that take bearer tokens (GW-08)', () => {
    const answer = renderChallenge(error('invalid_token', { unauthenticated: true }), both);
    expect(challengeOf(answer)).toBe(`DPoP ${attributes}, algs="ES256 Ed25519", Bearer ${attributes}`);
  });

  it('puts the error under the scheme that was used (GW-09)', () => {
    expect(challengeOf(renderChallenge(error('invalid_token'), both, 'Bearer'))).toBe(
      `DPoP ${attributes}, algs="ES256 Ed25519", Bearer error="invalid_token", ${attributes}`,
    );
    expect(challengeOf(renderChallenge(error('invalid_token', { scheme: 'DPoP' }), both))).toBe(
      `DPoP error="invalid_token", ${attributes}, algs="ES256 Ed25519", Bearer ${attributes}`,
    );
  });

  it('does not advertise Bearer to who tried it on a DPoP route', () => {
    expect(challengeOf(renderChallenge(error('invalid_token'), notes, 'Bearer'))).toBe(
      `DPoP error="invalid_token", ${attributes}, algs="ES256 Ed25519"`,
    );
  });

  it('asks for all scopes of the operation in one challenge (GW-10)', () => {
    const answer = renderChallenge(error('insufficient_scope'), { ...both, scopes: ['demo:read', 'demo:write'] }, 'DPoP');
    expect(answer.status).toBe(403);
    expect(challengeOf(answer)).toBe(
      'DPoP error="insufficient_scope", scope="demo:read demo:write", resource_metadata="https://id.example/.well-known/oauth-protected-resource/demo", algs="ES256 Ed25519"',
    );
  });

  it('says no by policy without a challenge (GW-12)', () => {
    const answer = renderChallenge(error('access_denied'), notes);
    expect([answer.status, challengeOf(answer)]).toEqual([403, undefined]);
  });

  it('answers a bad proof with 401, not 400 (RFC 9449 §7.1)', () => {
    const answer = renderChallenge(error('invalid_dpop_proof'), notes);
    expect([answer.status, answer.body]).toEqual([401, { error: 'invalid_dpop_proof' }]);
    expect(challengeOf(answer)).toContain('DPoP error="invalid_dpop_proof"');
  });

  it('answers a malformed request with 400 and one challenge (GW-01)', () => {
    const answer = renderChallenge(error('invalid_request'), both);
    expect(answer.status).toBe(400);
    expect(challengeOf(answer)).toBe(`DPoP error="invalid_request", ${attributes}, algs="ES256 Ed25519"`);
  });

  it('sends nobody to log in again because the gateway is blind (GW-06)', () => {
    const answer = renderChallenge(error('temporarily_unavailable', { retryAfter: 2 }), notes);
    expect([answer.status, challengeOf(answer), answer.headers['retry-after']]).toEqual([503, undefined, '2']);
  });

  it('stays one line of closed quotes, whatever is in it (S-128)', () => {
    const hostile = { ...notes, scopes: ['a"\r\nx: y', '\\'], metadataUrl: 'https://x"\n', algs: ['"'] };
    const value = challengeOf(renderChallenge(error('invalid_token', { description: '"\r\n' }), hostile)) ?? '';
    expect(value).toBe('DPoP error="invalid_token", scope="ax: y ", resource_metadata="https://x"');
  });
});

describe('an error that another token would not mend', () => {
  it.each([
    ['a request that is too large', error('invalid_request', { status: 413 })],
    ['a refusal with 400 that is no malformed request', error('invalid_target')],
    ['a fault', error('server_error')],
  ])('carries no challenge: %s', (_, refused) => {
    expect(challengeOf(renderChallenge(refused, both))).toBeUndefined();
  });

  it('describes itself in the challenge where it has a description', () => {
    expect(challengeOf(renderChallenge(error('invalid_token', { description: 'ended' }), notes, 'DPoP'))).toContain(
      'error_description="ended"',
    );
  });
});
