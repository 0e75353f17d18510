import { describe, expect, it } from 'vitest';
import { isUriText, splitHttpUrl } from './http-url.js';
import { limits } from './limits.js';

describe('an http URL', () => {
  it('has its parts as written, scheme and host in lower case, without the default port', () => {
    expect(splitHttpUrl('HTTPS://API.example:443/a%20B?c=D#e')).toEqual({
      scheme: 'https',
      authority: 'api.example',
      path: '/a%20B',
      query: '?c=D',
      fragment: '#e',
    });
    expect(splitHttpUrl('http://[::1]:443')).toEqual({ scheme: 'http', authority: '[::1]:443', path: '', query: '', fragment: '' });
  });

  it.each([
    'xhttps://a.example',
    ' https://a.example',
    'https://a.example x',
    'https://a.example:123456',
    'https://u@a.example',
    'ftp://a.example',
  ])('is nothing else: %s', (text) => {
    expect(splitHttpUrl(text)).toBeUndefined();
  });
});

describe('the text of a URI', () => {
  it.each(['a%4g', 'a%4', 'a%', '%%41', 'a\\b', 'a"', 'é', ''])('is of its characters alone, every %% with two digits: not %j', (text) => {
    expect(isUriText(text)).toBe(false);
  });

  it('has a longest', () => {
    expect(isUriText('a'.repeat(limits.uriChars))).toBe(true);
    expect(isUriText('a'.repeat(limits.uriChars + 1))).toBe(false);
  });
});
