import { describe, expect, it } from 'vitest';
import { generateKey } from '../client/keys.js';
import { OAuthError } from '../errors.js';
import { parseForm } from '../form.js';
import { forge } from '../spec-kit/forge.js';
import { refusalOf, refusedOrPassed } from '../spec-kit/refused.js';
import { makeAssertion } from './make-assertion.js';
import { presentedClient } from './presented-client.js';
import { assertionType } from './private-key-jwt.js';

const key = generateKey();
const assertion = makeAssertion({ clientId: 'ag_J', issuer: 'https://id.example', key });
const pair = { client_assertion_type: assertionType, client_assertion: assertion };
const longName = { iss: 'a'.repeat(257), sub: 'a'.repeat(257) };
const form = (parameters: Record<string, string>) => parseForm(Buffer.from(new URLSearchParams(parameters).toString()));
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

const scheme = (header: string) => (refusedOrPassed(() => presentedClient(form({}), header)) as OAuthError).scheme;

describe('the client a request presents', () => {
  it('is named by its Basic credentials, with or without client_id (CLA-01, CLA-04)', () => {
    const client = { method: 'client_secret_basic', clientId: 'ag_A', secret: 's3cret' };
    expect(presentedClient(form({}), basic('ag_A:s3cret'))).toEqual(client);
    expect(presentedClient(form({ client_id: 'ag_A' }), [basic('ag_A:s3cret')])).toEqual(client);
  });

  it('is named by its assertion, with or without client_id (CLA-07)', () => {
    const client = { method: 'private_key_jwt', clientId: 'ag_J', assertion };
    expect(presentedClient(form(pair), undefined)).toEqual(client);
    expect(presentedClient(form({ ...pair, client_id: 'ag_J' }), [])).toEqual(client);
  });

  it.each([
    ['Basic and an assertion', pair, basic('ag_A:s')],
    ['Basic and a secret in the body', { client_secret: 's' }, basic('ag_A:s')],
    ['Basic and an empty secret in the body', { client_secret: '' }, basic('ag_A:s')],
    ['an assertion and a secret', { ...pair, client_secret: 's' }, undefined],
    ['an assertion and a token', pair, 'Bearer abc'],
    ['half an assertion and Basic', { client_assertion_type: '' }, basic('ag_A:s')],
    ['two Authorization fields', {}, [basic('ag_A:s'), basic('ag_A:s')]],
  ])('is refused with %s: one method a request (CLA-01)', (_, parameters, header) => {
    expect(refusalOf(() => presentedClient(form(parameters as Record<string, string>), header))).toEqual({
      code: 'invalid_request',
      refusal: 'two_client_credentials',
    });
  });

  it.each([
    ['Basic', {}, basic('ag_A:s')],
    ['an assertion', pair, undefined],
  ])('is refused when client_id contradicts %s (CLA-01)', (_, parameters, header) => {
    expect(refusalOf(() => presentedClient(form({ ...parameters, client_id: 'ag_X' }), header))).toEqual({
      code: 'invalid_request',
      refusal: 'client_id_mismatch',
    });
  });

  it.each([
    ['a type alone', { client_assertion_type: assertionType }],
    ['an assertion alone', { client_assertion: assertion }],
    ['an empty assertion', { ...pair, client_assertion: '' }],
    ['an empty type', { ...pair, client_assertion_type: '' }],
  ])('is refused with half a pair: %s (CLA-07)', (_, parameters) => {
    expect(refusalOf(() => presentedClient(form(parameters as Record<string, string>), undefined))).toEqual({
      code: 'invalid_request',
      refusal: 'client_assertion_incomplete',
    });
  });

  it.each([
    ['no credential', {}, undefined, 'client_unauthenticated'],
    ['client_id alone: method none', { client_id: 'ag_A' }, undefined, 'client_unauthenticated'],
    ['client_secret_post', { client_id: 'ag_A', client_secret: 's' }, undefined, 'auth_method_mismatch'],
    ['client_secret_post, empty', { client_id: 'ag_A', client_secret: '' }, undefined, 'auth_method_mismatch'],
    [
      'a SAML assertion (CLA-14)',
      { ...pair, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' },
      undefined,
      'auth_method_mismatch',
    ],
    ['Bearer', {}, 'Bearer abc', 'auth_method_mismatch'],
    ['DPoP', {}, 'DPoP abc', 'auth_method_mismatch'],
    ['an empty header', {}, '', 'client_credential_malformed'],
    ['an assertion that is none', { ...pair, client_assertion: 'x' }, undefined, 'signature_invalid'],
    ['an access token as assertion (CLA-13)', { ...pair, client_assertion: typed('at+jwt') }, undefined, 'signature_invalid'],
    ['a proof as assertion (CLA-13)', { ...pair, client_assertion: typed('dpop+jwt') }, undefined, 'signature_invalid'],
    ['a request object as assertion (CLA-13)', { ...pair, client_assertion: typed('oauth-authz-req+jwt') }, undefined, 'signature_invalid'],
    ['an assertion about somebody else', { ...pair, client_assertion: typed('JWT', { sub: 'ag_X' }) }, undefined, 'assertion_invalid'],
    [
      'an assertion without iss',
      { ...pair, client_assertion: typed('JWT', { iss: undefined, sub: undefined }) },
      undefined,
      'assertion_invalid',
    ],
    ['an assertion of nobody', { ...pair, client_assertion: typed('JWT', { iss: '', sub: '' }) }, undefined, 'assertion_invalid'],
    ['an assertion of a name of 257 characters', { ...pair, client_assertion: typed('JWT', longName) }, undefined, 'assertion_invalid'],
    ['an assertion of an object', { ...pair, client_assertion: typed('JWT', { iss: {}, sub: {} }) }, undefined, 'assertion_invalid'],
  ])('is nobody with %s (CLA-02, S-067)', (_, parameters, header, refusal) => {
    expect(refusalOf(() => presentedClient(form(parameters as Record<string, string>), header))).toEqual({
      code: 'invalid_client',
      refusal,
    });
  });

  it('is challenged in the scheme it tried (WIRE-11)', () => {
    expect([scheme('Basic x'), scheme('bearer abc'), scheme('DPOP abc'), scheme('Digest x')]).toEqual(['Basic', 'Bearer', 'DPoP', 'Basic']);
  });
});

function typed(typ: string, claims: object = {}): string {
  return forge({ typ, alg: 'ES256' }, { iss: 'ag_J', sub: 'ag_J', ...claims }, key.privateKey);
}
