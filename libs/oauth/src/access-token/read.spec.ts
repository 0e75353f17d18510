import { describe, expect, it } from 'vitest';
import { generateKey } from '../client/keys.js';
import { forge } from '../spec-kit/forge.js';
import { refusalOf } from '../spec-kit/refused.js';
import { readAccessToken } from './read.js';
import { refuse, rulesOf } from './rules.js';

const { privateKey } = generateKey();
const header = { typ: 'at+jwt', alg: 'ES256', kid: 'k1' };

describe('an access token that is read', () => {
  it('names the key to ask for, or is refused before anybody is asked', () => {
    expect(readAccessToken(forge(header, {}, privateKey)).kid).toBe('k1');
    const { kid: _kid, ...nameless } = header;
    for (const [entry, code] of [
      ['access-token', 'invalid_token'],
      ['subject-token', 'invalid_request'],
    ] as const)
      expect(refusalOf(() => readAccessToken(forge(nameless, {}, privateKey), entry))).toEqual({ code, refusal: 'signature_invalid' });
  });
});

describe('the refusal of an access token', () => {
  it('has the code of its entry point, and keeps its detail for the log', () => {
    expect(refuse(rulesOf('subject-token'), 'token_malformed', 'exp')).toMatchObject({
      code: 'invalid_request',
      refusal: 'token_malformed',
      detail: 'exp',
    });
    expect(refuse(rulesOf('access-token'), 'token_malformed')).toMatchObject({ code: 'invalid_token', detail: undefined });
  });
});
