import { describe, expect, it } from 'vitest';
import { limits } from './limits.js';
import { type EntryPoint, openCompact, openRegistry, verifierFor } from './verifiers.js';
import { refusalOf, refusedOrPassed } from './spec-kit/refused.js';

const entries: readonly EntryPoint[] = ['access-token', 'subject-token', 'dpop-proof', 'client-assertion'];
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const withTyp = (typ?: string) => `${encode({ alg: 'ES256', ...(typ === undefined ? {} : { typ }) })}.${encode({})}.AAAA`;
const kinds = [
  'at+jwt',
  'dpop+jwt',
  'client-authentication+jwt',
  'oauth-authz-req+jwt',
  'oauth-id-jag+jwt',
  'txntoken+jwt',
  'secevent+jwt',
  'chancery-handover+jwt',
];
const accepted: Record<EntryPoint, string> = {
  'access-token': 'at+jwt',
  'subject-token': 'at+jwt',
  'dpop-proof': 'dpop+jwt',
  'client-assertion': 'client-authentication+jwt',
};

describe('the verifier registry', () => {
  it('stops the start when an entry is missing or incomplete (JOSE-01)', () => {
    const rules = verifierFor('access-token');
    expect(() => openRegistry({})('access-token')).toThrow('no verifier for access-token');
    expect(() => openRegistry({ 'access-token': { ...rules, typ: [] } })('access-token')).toThrow('incomplete');
    expect(() => openRegistry({ 'access-token': { ...rules, algorithms: [] } })('access-token')).toThrow('incomplete');
    expect(() => openRegistry({ 'access-token': { ...rules, maxBytes: 0 } })('access-token')).toThrow('incomplete');
    expect(openRegistry({ 'access-token': rules })('access-token')).toBe(rules);
  });

  it.each(entries)('knows %s, asymmetric algorithms only (JOSE-03)', (entry) => {
    expect(verifierFor(entry)).toMatchObject({ algorithms: ['ES256', 'PS256', 'Ed25519'], maxBytes: limits.jwtBytes });
  });

  it.each(entries.flatMap((entry) => kinds.map((kind) => [entry, kind] as const)))(
    'lets into %s of the kind %s only its own (JOSE-05, S-117)',
    (entry, kind) => {
      const error = refusedOrPassed(() => openCompact(withTyp(kind), verifierFor(entry)));
      expect(error?.code).toBe(accepted[entry] === kind ? undefined : verifierFor(entry).code);
    },
  );

  it('compares typ without case and with an optional application/ (JOSE-05)', () => {
    for (const typ of ['AT+JWT', 'application/at+jwt', 'Application/At+Jwt'])
      expect(openCompact(withTyp(typ), verifierFor('access-token')).header.typ).toBe(typ);
    for (const typ of ['application/application/at+jwt', 'at+jwt ', 'JWT', '', undefined])
      expect(refusalOf(() => openCompact(withTyp(typ), verifierFor('access-token'))).code).toBe('invalid_token');
  });

  it('tells an absent typ from one that says absent (CLA-09)', () => {
    expect(openCompact(withTyp(), verifierFor('client-assertion')).header.typ).toBeUndefined();
    expect(openCompact(withTyp('JWT'), verifierFor('client-assertion')).header.typ).toBe('JWT');
    expect(refusalOf(() => openCompact(withTyp('absent'), verifierFor('client-assertion'))).code).toBe('invalid_client');
  });
});
