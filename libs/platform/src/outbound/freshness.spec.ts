import { describe, expect, it } from 'vitest';
import { freshSeconds } from './freshness.js';

const date = 'Tue, 01 Jul 2025 10:00:00 GMT';

describe('how long an answer stays fresh (RFC 9111 §4.2)', () => {
  it.each([
    ['what it says', { 'cache-control': 'public, max-age=600' }, 600],
    ['less what it has spent on the way', { 'cache-control': 'max-age=600', age: '200' }, 400],
    ['never less than nothing', { 'cache-control': 'max-age=600', age: '700' }, 0],
    ['whatever the case', { 'cache-control': 'Max-Age=600' }, 600],
    ['the shorter of two', { 'cache-control': 'max-age=600, max-age=60' }, 60],
    ['not at all when it must not be stored', { 'cache-control': 'max-age=600, no-store' }, 0],
    ['not at all when it is to be asked for each time', { 'cache-control': 'no-cache' }, 0],
    ['until it expires', { date, expires: 'Tue, 01 Jul 2025 10:05:00 GMT' }, 300],
    ['as a maximum age says, whatever expires', { 'cache-control': 'max-age=60', date, expires: 'Tue, 01 Jul 2025 10:05:00 GMT' }, 60],
    ['not at all when it expires at no date', { date, expires: '0' }, 0],
    ['not at all when it expires by no clock', { expires: date }, 0],
    ['nobody knows', {}, undefined],
    ['nobody knows from an age that is no number', { 'cache-control': 'max-age=-1' }, undefined],
  ])('is %s', (_, headers, expected) => {
    expect(freshSeconds(headers)).toBe(expected);
  });
});
