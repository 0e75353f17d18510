import { OAuthError, parseForm } from '@chancery/oauth';
import { describe, expect, it } from 'vitest';
import { parseRequest } from './request.js';

const honest: Record<string, string> = {
  subject_token: 'a.b.c',
  subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
};
const parse = (form: Record<string, string>, more = '') =>
  parseRequest(parseForm(Buffer.from(`${new URLSearchParams(form).toString()}${more}`)));

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof OAuthError) return error.code;
    throw error;
  }
  throw new Error('nothing was refused');
};

describe('a token exchange request (RFC 8693 §2.1)', () => {
  it('needs no more than a subject token and its type', () => {
    expect(parse(honest)).toEqual({ subjectToken: 'a.b.c', scope: undefined, resource: undefined, expiresIn: undefined });
  });

  it('may narrow scope, target and life', () => {
    const wish = { ...honest, scope: 'demo:read', resource: 'https://api.example/demo', requested_expires_in: '60' };
    expect(parse(wish)).toMatchObject({ scope: ['demo:read'], resource: 'https://api.example/demo', expiresIn: 60 });
  });

  it('may name one target twice, as resource and as audience', () => {
    expect(parse({ ...honest, resource: 'https://api.example/a', audience: 'https://api.example/a' }).resource).toBe(
      'https://api.example/a',
    );
  });

  it.each<[string, Record<string, string>, string]>([
    ['without a subject token', { subject_token: '' }, 'invalid_request'],
    ['without its type', { subject_token_type: '' }, 'invalid_request'],
    ['of another subject type', { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' }, 'invalid_request'],
    ['with half an actor', { actor_token: 'x.y.z' }, 'invalid_request'],
    ['with an actor', { actor_token: 'x.y.z', actor_token_type: 'urn:ietf:params:oauth:token-type:jwt' }, 'invalid_request'],
    ['for another kind of token', { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }, 'invalid_request'],
    ['for no time', { requested_expires_in: '0' }, 'invalid_request'],
    ['for a negative time', { requested_expires_in: '-60' }, 'invalid_request'],
    ['for a fraction of time', { requested_expires_in: '1.5' }, 'invalid_request'],
    ['for a relative target', { resource: '/demo' }, 'invalid_target'],
    ['for a target with a fragment', { resource: 'https://api.example/demo#x' }, 'invalid_target'],
    ['for two targets', { resource: 'https://api.example/a', audience: 'https://api.example/b' }, 'invalid_target'],
    ['with scope that is no scope', { scope: 'a"b' }, 'invalid_scope'],
  ])('%s is refused', (_name, change, code) => {
    expect(codeOf(() => parse({ ...honest, ...change }))).toBe(code);
  });

  it('for the same parameter repeated with two targets is refused', () => {
    expect(codeOf(() => parse(honest, '&resource=https%3A%2F%2Fa.example&resource=https%3A%2F%2Fb.example'))).toBe('invalid_target');
  });
});
