import { describe, expect, it } from 'vitest';
import { nothingAllowed, parseAllowedTargets } from './allowed-targets.js';
import type { FetchRefusal } from './fetch-refused.js';
import { judgeTarget } from './outbound-target.js';

const verdict = (url: string, allowed = nothingAllowed): FetchRefusal | 'ok' => {
  const judged = judgeTarget(url, { allowed });
  return judged.ok ? 'ok' : judged.refusal;
};

const inside: readonly string[] = [
  // loopback and this machine, in every spelling
  '127.0.0.1', '127.255.255.254', '127.1', '127.0.1', '2130706433', '017700000001', '0x7f000001', '0x7f.1', '0177.0.0.1', '127.0.0.0x1', '0', '0.0.0.0',
  '127.0.0.1.', '%31%32%37.0.0.1', '１２７.0.0.1', '①②⑦.0.0.1', '127。0。0。1', '[::1]', '[::]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]',
  '[::127.0.0.1]', '[0000::1]',
  // private, shared, link-local, metadata
  '10.0.0.1', '172.16.0.1', '172.31.255.254', '192.168.1.1', '100.64.0.1', '169.254.0.1', '169.254.169.254', '2852039166', '0xa9fea9fe', '0251.0376.0251.0376',
  '169.254.170.2', '100.100.100.200', '192.0.0.192', '168.63.129.16', '[fd00:ec2::254]', '[fd20:ce::254]', '[::ffff:169.254.169.254]',
  // IPv6 that is no public unicast, or names an IPv4 address
  '[fc00::1]', '[fd12:3456::1]', '[fe80::1]', '[fec0::1]', '[ff02::1]', '[2001:db8::1]', '[3fff::1]', '[100::1]', '[5f00::1]', '[64:ff9b::7f00:1]',
  '[64:ff9b::808:808]', '[64:ff9b:1::1]', '[2002:7f00:1::1]', '[2002:808:808::1]', '[2001::1]', '[2001:0:4136:e378:8000:63bf:3fff:fdd2]',
  '[::ffff:8.8.8.8]', '[::8.8.8.8]', '[fe80::1%25eth0]', '[fe80::1%eth0]',
  // multicast, reserved, documentation, benchmarking
  '224.0.0.1', '240.0.0.1', '255.255.255.255', '192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1', '192.88.99.1',
  // names
  'localhost', 'LOCALHOST', 'localhost.', 'a.localhost', 'ｌocalhost', 'loc%61lhost', 'localhost.localdomain', 'metadata.google.internal', 'a.internal', 'printer.local',
  'router.home.arpa', 'a.invalid', 'x.onion', 'x.alt', 'metadata', 'kubernetes', 'agent.example.', '.agent.example', 'agent..example', '-a.example', 'a-.example',
  'a_b.example', `${'a'.repeat(64)}.example`, `${'a.'.repeat(127)}example`, 'agent.example\u0000', 'agent.example%00', 'agent example.com', 'agent\u00ad.example',
]; // prettier-ignore

describe('the host of a URL that somebody named', () => {
  it(`is refused in ${inside.length} forms, before anything is asked about it (S-021, S-022, NET-01)`, () => {
    expect(new Set(inside).size).toBeGreaterThan(90);
    const accepted = inside.filter((host) => verdict(`https://${host}/jwks`) === 'ok');
    expect(accepted).toEqual([]);
  });

  it.each([
    'https://agent.example/jwks',
    'https://agent.example',
    'https://agent.example:8443/keys?set=1',
    'https://a.b.agent.example/jwks',
    'https://xn--bcher-kva.example/jwks',
    'https://mylocalhost.example/jwks',
    'https://internal.example/jwks',
    'https://8.8.8.8/jwks',
    'https://[2606:4700:4700::1111]/jwks',
  ])('is let through in %s', (url) => {
    expect(verdict(url)).toBe('ok');
  });

  it.each([
    ['without TLS', 'http://agent.example/jwks'],
    ['without TLS on loopback', 'http://127.0.0.1/jwks'],
    ['of another scheme', 'file:///etc/passwd'],
    ['of another scheme that has a host', 'gopher://agent.example/1'],
    ['of no host', 'https:///jwks'],
    ['with credentials', 'https://user:word@agent.example/jwks'],
    ['with a user alone', 'https://user@agent.example/jwks'],
    ['with an empty user', 'https://@agent.example/jwks'],
    ['with a fragment', 'https://agent.example/jwks#a'],
    ['with an empty fragment', 'https://agent.example/jwks#'],
    ['with port 0', 'https://agent.example:0/jwks'],
    ['with the default port said', 'https://agent.example:443/jwks'],
    ['in capitals', 'https://AGENT.example/jwks'],
    ['with a backslash', 'https:\\\\agent.example\\jwks'],
    ['with one slash', 'https:/agent.example/jwks'],
    ['with a space before it', ' https://agent.example/jwks'],
    ['with a tab in it', 'https://agent.exa\tmple/jwks'],
    ['with dot segments', 'https://agent.example/a/../jwks'],
    ['that is too long', `https://agent.example/${'a'.repeat(2_048)}`],
    ['that is none', 'jwks'],
  ])('is not even looked at in a URL %s', (_, url) => {
    expect(verdict(url)).toBe('url_unacceptable');
  });

  it('may be this machine over http where that is said, in its two addresses alone', () => {
    const judged = (url: string) => judgeTarget(url, { allowed: nothingAllowed, loopbackHttp: true }).ok;
    for (const url of ['http://127.0.0.1:4400/a', 'http://[::1]:4400/a'])
      expect([judged(url), verdict(url)], url).toEqual([true, 'url_unacceptable']);
    for (const url of ['http://127.0.0.2/a', 'http://localhost/a', 'http://10.0.0.1/a', 'https://127.0.0.1/a', 'http://agent.example/a'])
      expect(judged(url), url).toBe(false);
  });
});

describe('hosts and networks that a deployment allows', () => {
  it('are names that could not be public, and addresses of a network', () => {
    const allowed = parseAllowedTargets('keys,issuer.corp.internal,10.1.0.0/16,127.0.0.2/32') ?? nothingAllowed;
    for (const host of ['keys', 'issuer.corp.internal', '10.1.2.3', '127.0.0.2'])
      expect(verdict(`https://${host}/jwks`, allowed), host).toBe('ok');
    for (const host of ['key', 'other.corp.internal', 'a.issuer.corp.internal', '10.2.0.1', '127.0.0.1', '169.254.169.254'])
      expect(verdict(`https://${host}/jwks`, allowed), host).not.toBe('ok');
    expect(verdict('http://keys/jwks', allowed)).toBe('url_unacceptable');
  });

  it.each([
    'KEYS',
    'a..b',
    '*.corp',
    '10.0.0.1',
    '10.0.0.0/33',
    '10.0.0.0/',
    'fd00::/129',
    '127.1/8',
    'fe80::%eth0/64',
    'a,',
    'a b',
    '10.0.0.0/8/8',
    '0x7f',
  ])('are not set by %j', (list) => {
    expect(parseAllowedTargets(list)).toBeUndefined();
  });
});
