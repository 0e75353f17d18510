import type { IncomingMessage } from 'node:http';
import { OAuthError } from '@chancery/oauth';
import { describe, expect, it } from 'vitest';
import { pathOfRequest } from './request-line.js';

const request = (url: string, hosts = ['as.example']) =>
  ({ url, httpVersionMinor: 1, rawHeaders: hosts.flatMap((host, at) => [at % 2 ? 'HOST' : 'Host', host]) }) as unknown as IncomingMessage;

describe('a request target', () => {
  it.each([
    ['/token', '/token'],
    ['/token?a=1&b=%2F', '/token'],
    ['/demo/notes/%C3%A9', '/demo/notes/%C3%A9'],
    ["/.well-known/x-._~!$&'()*+,;=:@", "/.well-known/x-._~!$&'()*+,;=:@"],
  ])('%s has one reading', (url, path) => {
    expect(pathOfRequest(request(url), 100)).toBe(path);
  });

  it.each([
    'http://as.example/token',
    'token',
    '*',
    '',
    '//token',
    '/demo//notes',
    '/demo/./notes',
    '/demo/../token',
    '/demo/..',
    '/demo/%2e%2e/token',
    '/demo/%2E/token',
    '/demo%2fnotes',
    '/demo%2Fnotes',
    '/demo%5cnotes',
    '/demo\\notes',
    '/demo/%00',
    '/demo/%0d%0a',
    '/demo/%7f',
    '/demo/%',
    '/demo/%zz',
    '/demo/é',
    '/demo/ notes',
    '/token#x',
    '/token?a=%zz',
    '/token?a="',
  ])('%s is refused', (url) => {
    expect(() => pathOfRequest(request(url), 100)).toThrow(OAuthError);
  });

  it('with more header fields than fit is refused, not cut', () => {
    const many = { url: '/token', rawHeaders: ['Host', 'x', ...Array.from({ length: 200 }, () => 'a')] } as unknown as IncomingMessage;
    expect(() => pathOfRequest(many, 100)).toThrow(expect.objectContaining({ status: 431 }));
    expect(pathOfRequest(many, 101)).toBe('/token');
  });

  it('with two Host fields is refused, whatever their spelling', () => {
    expect(() => pathOfRequest(request('/token', ['as.example', 'other.example']), 100)).toThrow(OAuthError);
    expect(() => pathOfRequest(request('/token', ['as.example', 'as.example']), 100)).toThrow(OAuthError);
  });
});
