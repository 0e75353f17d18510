import { describe, expect, it } from 'vitest';
import { mayConnect, parseAllowedTargets } from './allowed-targets.js';
import { isPublicAddress } from './public-address.js';

/** Each range by its first and last address, and what lies before and after it where that is public. */
const ranges: readonly (readonly [range: string, first: string, last: string, beside: readonly string[]])[] = [
  ['this network', '0.0.0.0', '0.255.255.255', ['1.0.0.0']],
  ['10/8', '10.0.0.0', '10.255.255.255', ['9.255.255.255', '11.0.0.0']],
  ['shared', '100.64.0.0', '100.127.255.255', ['100.63.255.255', '100.128.0.0']],
  ['loopback', '127.0.0.0', '127.255.255.255', ['126.255.255.255', '128.0.0.0']],
  ['link-local', '169.254.0.0', '169.254.255.255', ['169.253.255.255', '169.255.0.0']],
  ['172.16/12', '172.16.0.0', '172.31.255.255', ['172.15.255.255', '172.32.0.0']],
  ['protocol assignments', '192.0.0.0', '192.0.0.255', ['191.255.255.255', '192.0.1.0']],
  ['TEST-NET-1', '192.0.2.0', '192.0.2.255', ['192.0.1.255', '192.0.3.0']],
  ['AS112', '192.31.196.0', '192.31.196.255', ['192.31.195.255', '192.31.197.0']],
  ['AMT', '192.52.193.0', '192.52.193.255', ['192.52.192.255', '192.52.194.0']],
  ['6to4 relays', '192.88.99.0', '192.88.99.255', ['192.88.98.255', '192.88.100.0']],
  ['192.168/16', '192.168.0.0', '192.168.255.255', ['192.167.255.255', '192.169.0.0']],
  ['AS112 delegation', '192.175.48.0', '192.175.48.255', ['192.175.47.255', '192.175.49.0']],
  ['benchmarking', '198.18.0.0', '198.19.255.255', ['198.17.255.255', '198.20.0.0']],
  ['TEST-NET-2', '198.51.100.0', '198.51.100.255', ['198.51.99.255', '198.51.101.0']],
  ['TEST-NET-3', '203.0.113.0', '203.0.113.255', ['203.0.112.255', '203.0.114.0']],
  ['multicast and reserved', '224.0.0.0', '255.255.255.255', ['223.255.255.255']],
  ['Azure’s host agent', '168.63.129.16', '168.63.129.16', ['168.63.129.15', '168.63.129.17']],
  ['IPv6 before unicast', '::', '1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', ['2000::']],
  ['IPv6 protocol assignments', '2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff', ['2000:ffff:ffff:ffff::', '2001:200::']],
  ['IPv6 documentation', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', ['2001:db7:ffff::', '2001:db9::']],
  ['6to4', '2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff', ['2001:ffff::', '2003::']],
  ['AS112 IPv6', '2620:4f:8000::', '2620:4f:8000:ffff:ffff:ffff:ffff:ffff', ['2620:4f:7fff::', '2620:4f:8001::']],
  ['IPv6 documentation of 2024', '3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff', ['3ffe:ffff::', '3fff:1000::']],
  ['IPv6 after unicast', '4000::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', ['3fff:ffff::']],
];

describe('an address', () => {
  it.each(ranges)('of %s is not public; the ones beside it are (S-022, NET-01)', (_, first, last, beside) => {
    expect([first, last].filter((address) => isPublicAddress(address))).toEqual([]);
    expect(beside.filter((address) => !isPublicAddress(address))).toEqual([]);
  });

  it.each([
    '::ffff:8.8.8.8',
    '::ffff:808:808',
    '::8.8.8.8',
    '64:ff9b::808:808',
    '64:ff9b:1::808:808',
    '2002:808:808::',
    '2001:0:808:808::',
  ])('is not public as %s, though the IPv4 address in it is', (address) => {
    expect([isPublicAddress(address), isPublicAddress('8.8.8.8')]).toEqual([false, true]);
  });

  it.each([
    '',
    'agent.example',
    '8.8.8',
    '08.8.8.8',
    '0x8.8.8.8',
    '134744072',
    '8.8.8.8/32',
    '2606:4700::1%eth0',
    '[2606:4700::1]',
    ' 8.8.8.8',
  ])('is what the two textual forms say, not %j', (text) => {
    expect(isPublicAddress(text)).toBe(false);
  });
});

describe('a name that a deployment allows', () => {
  const allowed = parseAllowedTargets('keys.corp.internal,169.254.9.0/24');
  const reaches = (address: string, host = 'keys.corp.internal') => allowed && mayConnect(address, host, allowed);

  it.each(['10.0.0.1', '172.16.0.1', '192.168.0.1', '100.64.0.1', 'fd12::1', '8.8.8.8', '169.254.9.1'])('may be at %s', (address) => {
    expect(reaches(address)).toBe(true);
  });

  it.each([
    '127.0.0.1',
    '::1',
    '0.0.0.0',
    '169.254.169.254',
    'fe80::1',
    '100.100.100.200',
    'fd00:ec2::254',
    'fd20:ce::254',
    '224.0.0.1',
    '::ffff:10.0.0.1',
  ])('is refused at %s: loopback, link-local and what clouds answer are not inside', (address) => {
    expect(reaches(address)).toBe(false);
  });

  it('opens nothing to another name; a network that is listed does', () => {
    expect([reaches('10.0.0.1', 'other.example'), reaches('169.254.9.1', 'other.example')]).toEqual([false, true]);
  });
});
