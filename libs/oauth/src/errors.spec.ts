import { describe, expect, it } from 'vitest';
import { OAuthError } from './errors.js';

describe('an error of the wire', () => {
  it('says code and reason to whoever reads the log, and keeps what caused it', () => {
    const cause = new Error('why');
    const error = new OAuthError('invalid_grant', { refusal: 'grant_unknown', cause });
    expect([error.name, error.message, error.cause]).toEqual(['OAuthError', 'invalid_grant: grant_unknown', cause]);
  });

  it('has no cause where there is none', () => {
    expect(Object.hasOwn(new OAuthError('invalid_grant', { refusal: 'grant_unknown' }), 'cause')).toBe(false);
  });
});
