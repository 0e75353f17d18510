import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refusalOf, refusedOrPassed } from '../spec-kit/refused.js';
import { parseBasic, verifyClientSecret } from './client-secret-basic.js';

const encode = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const refused = { code: 'invalid_client', refusal: 'client_credential_malformed' };

describe('Basic credentials', () => {
  it('split at the first colon and are form-decoded once (CLA-04, RFC 6749 §2.3.1)', () => {
    expect(parseBasic(encode('ag_A:a:b'))).toMatchObject({ clientId: 'ag_A', secret: 'a:b' });
    expect(parseBasic(encode('a%3Ab:s+%2B%2525'))).toMatchObject({ clientId: 'a:b', secret: 's +%25' });
    expect(parseBasic(encode('caf%C3%A9:é').replace('Basic', 'bAsIc'))).toMatchObject({ clientId: 'café', secret: 'é' });
    // A byte order mark is a character like another: dropped, it would be a second spelling of one client.
    expect(parseBasic(encode('\uFEFFag_A:s')).clientId).toBe('\uFEFFag_A');
    expect(parseBasic(encode('ag_A:s').replace(' ', '   '))).toMatchObject({ clientId: 'ag_A', secret: 's' });
  });

  it.each([
    ['nothing', 'Basic'],
    ['a space', 'Basic '],
    ['no colon', encode('ag_A')],
    ['an empty id', encode(':s')],
    ['an empty secret', encode('ag_A:')],
    ['broken percent-encoding', encode('ag_A:%')],
    ['NUL', encode('ag_A:s\u0000')],
    ['an encoded NUL', encode('ag_A%00:s')],
    ['a line break', encode('ag_A:s\r\n')],
    ['invalid UTF-8', `Basic ${Buffer.from([0x61, 0x3a, 0xff]).toString('base64')}`],
    ['base64url', `Basic ${Buffer.from('a:>>>???').toString('base64url')}`],
    ['missing padding', encode('ag_A:se').replaceAll('=', '')],
    ['stray bits', 'Basic YTp='],
    ['a second word', `${encode('ag_A:s')} x`],
    ['a word in front', `x ${encode('ag_A:s')}`],
    ['an id of 257 characters', encode(`${'a'.repeat(257)}:s`)],
    ['64 kB', encode(`a:${'s'.repeat(65_536)}`)],
  ])('are refused with %s (S-068)', (_, header) => {
    expect(refusalOf(() => parseBasic(header))).toEqual(refused);
  });

  it('are read or refused, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const error = refusedOrPassed(() => parseBasic(`Basic ${Buffer.from(bytes).toString('base64')}`));
        expect(error?.code ?? 'invalid_client').toBe('invalid_client');
      }),
    );
  });
});

describe('a client secret', () => {
  const secret = randomBytes(32).toString('base64url');
  const stored = createHash('sha256').update(secret).digest('base64url');

  it('is right when it hashes to what is stored', () => {
    expect(verifyClientSecret(secret, stored)).toBe(true);
  });

  it('is wrong in every other case, without an exception', () => {
    expect(verifyClientSecret(`${secret}x`, stored)).toBe(false);
    expect(verifyClientSecret('', stored)).toBe(false);
    for (const hash of [undefined, '', 'x', stored.slice(0, -2), `${stored}AAAA`]) expect(verifyClientSecret(secret, hash)).toBe(false);
  });

  it('of a client nobody knows is never right, not even the one that hashes to the stand-in', () => {
    expect(verifyClientSecret(secret, Buffer.alloc(32).toString('base64url'))).toBe(false);
    expect(verifyClientSecret('\u0000', undefined)).toBe(false);
  });
});
