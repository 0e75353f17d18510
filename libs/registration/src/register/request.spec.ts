import { generateKeyPairSync } from 'node:crypto';
import { OAuthError } from '@chancery/oauth';
import { nothingAllowed, parseAllowedTargets } from '@chancery/platform';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMetadata } from './request.js';

const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
const honest = { client_name: 'Calendar agent', token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] }, scope: 'demo:read' };
const keys = (count: number) =>
  Array.from({ length: count }, () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }));
const parse = (document: unknown) => parseMetadata(Buffer.from(JSON.stringify(document)));

const thrownBy = (work: () => unknown): OAuthError => {
  try {
    work();
  } catch (error) {
    if (error instanceof OAuthError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
};

const refusalOf = (work: () => unknown): { code: string; refusal: string } => {
  const { code, refusal } = thrownBy(work);
  return { code, refusal };
};

describe('client metadata', () => {
  it('becomes what is asked for, with the key by its thumbprint', () => {
    const asked = parse(honest);
    expect(asked).toMatchObject({ authMethod: 'private_key_jwt', name: 'Calendar agent', scope: ['demo:read'] });
    expect(asked.jwks).toEqual([{ kty: 'EC', crv: 'P-256', x: jwk.x, y: jwk.y, alg: 'ES256', kid: expect.stringMatching(/^[\w-]{43}$/) }]);
  });

  it('takes as many keys as are tried, and says which algorithm they are for', () => {
    expect(parse({ ...honest, jwks: { keys: keys(8) } }).jwks).toHaveLength(8);
    expect(parse(honest).signingAlg).toBeUndefined();
    expect(parse({ ...honest, token_endpoint_auth_signing_alg: 'ES256' }).signingAlg).toBe('ES256');
  });

  it('may name contacts and software, which nothing here shows yet (RFC 7591 §2)', () => {
    const described = { contacts: ['me@agent.example'], software_id: 'calendar', software_version: '1.2' };
    expect(parse({ ...honest, ...described })).toEqual(parse(honest));
  });

  it('with a key that is none says so by one reason, and why only inside', () => {
    const { refusal, detail } = thrownBy(() => parse({ ...honest, jwks: { keys: [{ ...jwk, d: jwk.x }] } }));
    expect([refusal, typeof detail]).toEqual(['key_unacceptable', 'string']);
  });

  it('asks for client_secret_basic where no method is named (RFC 7591 §2)', () => {
    expect(parse({}).authMethod).toBe('client_secret_basic');
  });

  it('drops what it does not know, however tempting its name (S-018)', () => {
    const tempting = { skip_consent: true, trusted: true, tenant: 'other', owner: 'me', may_act: {}, client_id: 'mine' };
    expect(parse({ ...honest, ...tempting })).toEqual(parse(honest));
  });

  it.each([
    ['an array', []],
    ['a string', 'x'],
    ['null', null],
  ])('that is %s is refused (DCR-01)', (_name, document) => {
    expect(refusalOf(() => parse(document)).code).toBe('invalid_client_metadata');
  });

  it.each<[string, Record<string, unknown>]>([
    ['a method nobody offers', { token_endpoint_auth_method: 'client_secret_post' }],
    ['a number where a list belongs', { grant_types: 7 }],
    ['scope as a list', { scope: ['demo:read'] }],
    ['scope with two spaces', { scope: 'demo:read  demo:write' }],
    ['a response type', { response_types: ['code'] }],
    ['no keys for private_key_jwt', { jwks: undefined }],
    ['an empty key set', { jwks: { keys: [] } }],
    ['null for keys', { jwks: null }],
    ['a private key', { jwks: { keys: [{ ...jwk, d: jwk.x }] } }],
    ['a symmetric key', { jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }],
    ['a point off the curve', { jwks: { keys: [{ ...jwk, y: jwk.x }] } }],
    [
      'the same kid twice',
      {
        jwks: {
          keys: [
            { ...jwk, kid: 'a' },
            { ...jwk, kid: 'a' },
          ],
        },
      },
    ],
    ['more keys than are ever tried', { jwks: { keys: keys(9) } }],
    [
      'one key under two names',
      {
        jwks: {
          keys: [
            { ...jwk, kid: 'a' },
            { ...jwk, kid: 'b' },
          ],
        },
      },
    ],
    ['one key with and without its name', { jwks: { keys: [jwk, { ...jwk, kid: 'b' }] } }],
    ['a kid with a line break', { jwks: { keys: [{ ...jwk, kid: 'a\nb' }] } }],
    ['a kid that turns the text around', { jwks: { keys: [{ ...jwk, kid: 'a\u202Eb' }] } }],
    ['the same grant type twice', { grant_types: ['client_credentials', 'client_credentials'] }],
    [
      'an algorithm for a method without assertions',
      { token_endpoint_auth_method: 'client_secret_basic', token_endpoint_auth_signing_alg: 'ES256' },
    ],
    ['contacts as a text', { contacts: 'me@agent.example' }],
    ['contacts that are no texts', { contacts: [7] }],
    ['too many contacts', { contacts: Array.from({ length: 17 }, () => 'a@b.example') }],
    ['a number for software_id', { software_id: 7 }],
    ['a list for software_version', { software_version: ['1'] }],
    ['an algorithm that is not the key’s', { token_endpoint_auth_signing_alg: 'PS256' }],
    ['keys here and at an address', { jwks_uri: 'https://agent.example/jwks' }],
    ['an algorithm nobody verifies', { token_endpoint_auth_signing_alg: 'HS256' }],
    ['certificate-bound tokens', { tls_client_certificate_bound_access_tokens: true }],
    ['a name that turns the text around', { client_name: 'a\u202Egent' }],
    ['a name with a line break', { client_name: 'a\r\nb' }],
    ['a name of 129 characters', { client_name: 'a'.repeat(129) }],
    ['an empty name', { client_name: '' }],
    ['a name in another spelling of its characters', { client_name: 'Cafe\u0301' }],
  ])('with %s is invalid_client_metadata', (_name, change) => {
    expect(() => parse(honest)).not.toThrow();
    expect(refusalOf(() => parse({ ...honest, ...change })).code).toBe('invalid_client_metadata');
  });

  it('may say where its keys are instead, and which algorithm they are for (DCR-08)', () => {
    const { jwks: _jwks, ...elsewhere } = honest;
    const asked = parse({ ...elsewhere, jwks_uri: 'https://agent.example/jwks', token_endpoint_auth_signing_alg: 'ES256' });
    expect(asked).toMatchObject({ authMethod: 'private_key_jwt', jwksUri: 'https://agent.example/jwks', signingAlg: 'ES256' });
    expect(asked).not.toHaveProperty('jwks');
    expect(refusalOf(() => parse({ ...honest, jwks_uri: 'https://agent.example/jwks' })).refusal).toBe('keys_in_two_places');
    expect(codeOf(() => parse({ ...elsewhere, jwks_uri: 'https://agent.example/jwks', token_endpoint_auth_signing_alg: 'HS256' }))).toBe(
      'invalid_client_metadata',
    );
  });

  it.each([
    ['http://agent.example/jwks', 'fetch_url_unacceptable'],
    ['https://user@agent.example/jwks', 'fetch_url_unacceptable'],
    ['https://AGENT.example/jwks', 'fetch_url_unacceptable'],
    ['https://2130706433/jwks', 'fetch_url_unacceptable'],
    ['https://127.0.0.1/jwks', 'fetch_address_not_public'],
    ['https://[::1]/jwks', 'fetch_address_not_public'],
    ['https://10.0.0.1/jwks', 'fetch_address_not_public'],
    ['https://169.254.169.254/latest', 'fetch_address_not_public'],
    ['https://localhost/jwks', 'fetch_host_not_public'],
    ['https://metadata.google.internal/jwks', 'fetch_host_not_public'],
    ['', 'fetch_url_unacceptable'],
    [7, 'fetch_url_unacceptable'],
    [null, 'fetch_url_unacceptable'],
    [['https://agent.example/jwks'], 'fetch_url_unacceptable'],
  ])('never has its keys at %j; the answer is one for all of these (S-021, DCR-07)', (uri, reason) => {
    const { jwks: _jwks, ...elsewhere } = honest;
    const { code, refusal, description } = thrownBy(() => parse({ ...elsewhere, jwks_uri: uri }));
    expect([code, refusal, description]).toEqual(['invalid_client_metadata', reason, 'jwks_uri is not an https URL of a public host']);
  });

  it('has its keys inside where the deployment allows that, and there alone', () => {
    const { jwks: _jwks, ...elsewhere } = honest;
    const allowed = parseAllowedTargets('keys.corp.internal') ?? nothingAllowed;
    const asked = (jwks_uri: string) => parseMetadata(Buffer.from(JSON.stringify({ ...elsewhere, jwks_uri })), { allowed });
    expect(asked('https://keys.corp.internal/jwks').jwksUri).toBe('https://keys.corp.internal/jwks');
    expect(codeOf(() => asked('https://other.corp.internal/jwks'))).toBe('invalid_client_metadata');
  });

  it('with a software statement is refused as such: nobody would have checked it (S-013)', () => {
    expect(refusalOf(() => parse({ ...honest, software_statement: 'a.b.c' })).code).toBe('invalid_software_statement');
  });

  it.each(['client_uri', 'logo_uri', 'tos_uri', 'policy_uri'])('takes only https in %s (S-001)', (member) => {
    expect(() => parse({ ...honest, [member]: 'https://agent.example/about' })).not.toThrow();
    for (const value of hostile)
      expect(
        refusalOf(() => parse({ ...honest, [member]: value })),
        value,
      ).toEqual(uriRefused);
  });

  it('refuses every hostile redirect URI as such (S-001)', () => {
    for (const value of hostile)
      expect(
        refusalOf(() => parse({ ...honest, redirect_uris: [value] })),
        value,
      ).toEqual({ ...uriRefused, code: 'invalid_redirect_uri' });
  });

  it('refuses even a good redirect URI while no grant would use it (WIRE-20)', () => {
    for (const uri of ['https://agent.example/cb', 'http://127.0.0.1:9/cb', 'com.example.agent:/cb'])
      expect(refusalOf(() => parse({ ...honest, redirect_uris: [uri] })).refusal).toBe('redirect_without_code');
  });

  it('takes no URL but one that every parser reads the same, with a listed scheme (S-001)', () => {
    const part = fc.constantFrom(...schemes, ...hosts, ...rests);
    const accepted: string[] = [];
    const redirects: string[] = [];
    const url = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(url, fc.webUrl(), fc.string()), (value) => {
        const info = codeOf(() => parse({ ...honest, logo_uri: value }));
        if (info === undefined) accepted.push(value);
        // A good redirect is refused as such while no grant would use it; every other one as no redirect at all.
        const redirect = codeOf(() => parse({ ...honest, redirect_uris: [value] }));
        if (redirect === 'invalid_client_metadata') redirects.push(value);
        expect([info ?? 'invalid_client_metadata', redirect ?? 'accepted']).toEqual([
          'invalid_client_metadata',
          expect.stringMatching(/^invalid_(?:redirect_uri|client_metadata)$/),
        ]);
      }),
      { numRuns: 1_000 },
    );
    expect(accepted.filter((value) => !value.startsWith('https://') || !readTheSame(value))).toEqual([]);
    expect(redirects.filter((value) => !listed.test(value) || !readTheSame(value))).toEqual([]);
    // A run in which nothing was accepted would prove nothing.
    expect(Math.min(accepted.length, redirects.length)).toBeGreaterThan(50);
  });

  it('never repeats what was sent', () => {
    for (const change of [{ scope: 7, client_name: 'c4nary' }, { grant_types: 'c4nary' }, { logo_uri: 'javascript:c4nary' }]) {
      const error = thrownBy(() => parse({ ...honest, ...change }));
      expect(`${String(error)} ${error.description}`).not.toContain('c4nary');
    }
  });
});

/** The code it was refused with, or undefined where it was accepted. */
const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof OAuthError) return error.code;
    throw error;
  }
};

const schemes = ['https:', 'http:', 'HTTPS:', 'javascript:', 'com.example.app:'];
const hosts = ['//', '/', '\\', 'agent.example', 'AGENT.example', '127.0.0.1', '[::1]', 'user@'];
const rests = [':443', ':8080', '?a=b', '#f', '*', '%2f', '..', 'é', '\t', '\n', ' ', '\u0000', ''];

const listed = /^(?:https:|http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)[:/?]?|[a-z][a-z0-9+-]*\.[a-z0-9.+-]*:)/;
/** A parser gives back what it was given, but for the slash of an empty path. */
const readTheSame = (value: string): boolean => URL.canParse(value) && [value, `${value}/`].includes(new URL(value).href);

const uriRefused = { code: 'invalid_client_metadata', refusal: 'uri_not_allowed' };

const hostile = [
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java\tscript:alert(1)',
  'java\nscript:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  'file:///etc/passwd',
  'blob:https://agent.example/1',
  '//agent.example/cb',
  '',
  'https://agent.example/\u0000',
  ' https://agent.example/',
  'HTTPS://agent.example/',
  'https://user@agent.example/',
  `https://agent.example/${'a'.repeat(10_000)}`,
];
