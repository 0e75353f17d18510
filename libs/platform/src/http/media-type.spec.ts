import type { IncomingMessage } from 'node:http';
import { OAuthError } from '@chancery/oauth';
import { describe, expect, it } from 'vitest';
import { requireKind } from './media-type.js';

const form = 'application/x-www-form-urlencoded';
const json = 'application/json';
const request = (...rawHeaders: string[]) => {
  const at = rawHeaders.findIndex((name) => name.toLowerCase() === 'content-type');
  return { rawHeaders, headers: at < 0 ? {} : { 'content-type': rawHeaders[at + 1] } } as IncomingMessage;
};
const refusalOf = (...rawHeaders: string[]): unknown => {
  try {
    requireKind(request(...rawHeaders), 'json');
    return undefined;
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return { status: error.status, refusal: error.refusal, headers: error.headers };
  }
};

describe('a body said to be JSON', () => {
  it.each([[['Content-Type', json]], [['content-type', `${json}; charset=utf-8`, 'Content-Encoding', ' Identity ']]])(
    'by %j is taken',
    (headers) => {
      expect(refusalOf(...headers)).toBeUndefined();
    },
  );

  it.each(['gzip', 'deflate', 'br', 'x', '', 'identity, gzip'])('and encoded as %j is refused: no coding is undone here', (coding) => {
    expect(refusalOf('Content-Type', json, 'Content-Encoding', coding)).toEqual({
      status: 415,
      refusal: 'content_encoding_unsupported',
      headers: { 'accept-encoding': 'identity' },
    });
  });

  it('and encoded twice as what it is, is refused', () => {
    expect(refusalOf('Content-Type', json, 'Content-Encoding', 'identity', 'Content-Encoding', 'identity')).toMatchObject({ status: 415 });
  });

  it.each([
    [json, json],
    [json, form],
    [form, json],
  ])('by %s and then %s is refused: Node.js would go by the first', (first, second) => {
    expect(refusalOf('Content-Type', first, 'content-type', second)).toMatchObject({ status: 400, refusal: 'media_type_repeated' });
  });

  it.each([[[]], [['Content-Type', form]], [['Content-Type', `${json}; charset=utf-16`]]])('by %j is not', (headers) => {
    expect(refusalOf(...headers)).toMatchObject({ status: 415, refusal: 'media_type_unsupported' });
  });
});
