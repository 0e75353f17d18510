import { describe, expect, it } from 'vitest';
import { OAuthError, type OAuthErrorCode, statusOf } from './errors.js';
import { renderJson } from './render-json.js';

const render = (code: OAuthErrorCode, options: Partial<ConstructorParameters<typeof OAuthError>[1]> = {}) =>
  renderJson(new OAuthError(code, { refusal: 'some_reason', ...options }));

describe('an error as JSON', () => {
  it.each([
    ['invalid_request', 400],
    ['invalid_client', 401],
    ['invalid_grant', 400],
    ['unauthorized_client', 400],
    ['unsupported_grant_type', 400],
    ['invalid_scope', 400],
    ['invalid_target', 400],
    ['invalid_dpop_proof', 400],
    ['use_dpop_nonce', 400],
    ['invalid_token', 401],
    ['insufficient_scope', 403],
    ['invalid_client_metadata', 400],
    ['invalid_redirect_uri', 400],
    ['unsupported_token_type', 400],
    ['server_error', 500],
    ['temporarily_unavailable', 503],
  ] as const)('says %s with %i, never cached (WIRE-09, WIRE-13)', (code, status) => {
    const answer = render(code);
    expect(answer.status).toBe(status);
    expect(statusOf(new OAuthError(code, { refusal: 'r' }))).toBe(status);
    expect(answer.body).toEqual({ error: code });
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
  });

  it('challenges with the scheme the client tried, else Basic (WIRE-11)', () => {
    expect(render('invalid_client').headers['www-authenticate']).toBe('Basic realm="chancery"');
    expect(render('invalid_client', { scheme: 'Bearer' }).headers['www-authenticate']).toBe('Bearer realm="chancery"');
    expect(render('invalid_grant').headers).not.toHaveProperty('www-authenticate');
  });

  it('challenges for a token in its realm, with an error only if one was shown (IAT-02)', () => {
    const realm = 'chancery-registration';
    expect(render('invalid_token', { realm }).headers['www-authenticate']).toBe(
      'Bearer realm="chancery-registration", error="invalid_token"',
    );
    const silent = render('invalid_token', { realm, unauthenticated: true });
    expect(silent.headers['www-authenticate']).toBe('Bearer realm="chancery-registration"');
    expect(silent.body).toEqual({});
  });

  it('keeps public and private text apart', () => {
    const answer = render('invalid_grant', { description: 'the grant has ended', detail: 'PRIVATE', cause: new Error('PRIVATE') });
    expect(answer.body).toEqual({ error: 'invalid_grant', error_description: 'the grant has ended' });
    expect(JSON.stringify(answer)).not.toMatch(/PRIVATE|some_reason/);
  });

  it('says nothing about a fault (WIRE-12)', () => {
    expect(render('server_error', { description: 'select * from users' }).body).toEqual({ error: 'server_error' });
  });

  it('describes in the characters of the standard only (WIRE-09)', () => {
    const { body } = render('invalid_request', { description: 'a "b"\\ \r\n\u0000ü!' });
    expect(body.error_description).toBe('a b !');
  });

  it('tells when to come back: always for 503 and 429, in whole seconds, at least one (WIRE-12)', () => {
    expect(render('temporarily_unavailable', { retryAfter: 2.1 }).headers['retry-after']).toBe('3');
    expect(render('temporarily_unavailable').headers['retry-after']).toBe('1');
    expect(render('temporarily_unavailable', { status: 429, retryAfter: 0 }).headers['retry-after']).toBe('1');
    expect(render('invalid_request').headers).not.toHaveProperty('retry-after');
  });

  it('names the method that is allowed (WIRE-01)', () => {
    const answer = render('invalid_request', { status: 405, headers: { Allow: 'POST' } });
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'POST']);
  });

  it('has no header of more than one line', () => {
    expect(render('invalid_request', { headers: { 'X-A': 'a\r\nset-cookie: b' } }).headers['x-a']).toBe('aset-cookie: b');
    expect(render('invalid_client', { realm: 'a"\r\n, b="c' }).headers['www-authenticate']).toBe('Basic realm="a, b=c"');
  });
});
