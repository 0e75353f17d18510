import { describe, expect, it } from 'vitest';
import { answerCheck, AnswerReader } from './answer.js';

const expected = { status: 200, contains: ['"token_type":"DPoP"'], distinct: '"access_token":"' };
const token = (value: string) => ({ status: 200, body: `{"access_token":"${value}","token_type":"DPoP"}` });

describe('the check of an answer', () => {
  it('lets pass what is expected', () => {
    expect(answerCheck(expected)(token('a.b.c'))).toBeUndefined();
  });

  it('finds another status, another body, and no token', () => {
    const check = answerCheck(expected);
    expect(check({ ...token('a.b.c'), status: 201 })).toContain('201');
    expect(check({ status: 200, body: '{"access_token":"a.b.c","token_type":"Bearer"}' })).toContain('is missing');
    expect(check({ status: 200, body: '{"token_type":"DPoP"}' })).toContain('is missing');
  });

  it('finds a token that was answered before, to whomever', () => {
    const check = answerCheck(expected);
    const [one, other] = ['x'.repeat(500), `${'x'.repeat(499)}y`];
    expect([check(token(one)), check(token(other))]).toEqual([undefined, undefined]);
    expect(check(token(one))).toContain('was answered before');
  });
});

describe('the reader of answers', () => {
  const plain = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
  const inChunks = 'HTTP/1.1 401 Unauthorized\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n';

  it.each([
    ['a whole one', plain, { status: 200, body: 'hello' }],
    ['one in chunks', inChunks, { status: 401, body: 'abcde' }],
  ])('knows %s, however it arrives', (_, text, answer) => {
    expect(new AnswerReader().take(text)).toEqual(answer);
    const reader = new AnswerReader();
    const heard = Array.from(text, (character) => reader.take(character));
    expect(heard.slice(0, -1).every((each) => each === undefined)).toBe(true);
    expect(heard.at(-1)).toEqual(answer);
  });

  it('begins the next one where the last ended', () => {
    const reader = new AnswerReader();
    reader.take(plain);
    expect(reader.take(inChunks)).toEqual({ status: 401, body: 'abcde' });
  });
});
