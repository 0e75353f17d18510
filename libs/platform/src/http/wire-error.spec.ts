import { StoreUnavailable } from '@chancery/eventstore';
import { OAuthError, renderJson } from '@chancery/oauth';
import { BadRequestException, HttpException, NotFoundException } from '@nestjs/common';
import { canarySecret, expectNoSecret } from '@chancery/testing';
import { errorCodes } from 'fastify';
import { describe, expect, it } from 'vitest';
import { wireError } from './wire-error.js';

describe('what was thrown', () => {
  it('leaves as it is when it is ours', () => {
    const error = new OAuthError('invalid_grant', { refusal: 'grant_unknown' });
    expect(wireError(error)).toBe(error);
  });

  it.each<[string, unknown, string, number]>([
    ['a store that is away', new StoreUnavailable('away'), 'temporarily_unavailable', 503],
    ['a path nobody has', new NotFoundException(), 'invalid_request', 404],
    ['a bad request of the framework’s', new BadRequestException(), 'invalid_request', 400],
    ['too large a body', new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE(), 'invalid_request', 413],
    ['another kind of body', new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE(), 'invalid_request', 415],
    ['a fault of the framework’s', new errorCodes.FST_ERR_SEND_UNDEFINED_ERR(), 'server_error', 500],
    ['a framework’s 5xx', new HttpException('x', 502), 'server_error', 500],
    ['a status somebody else’s error carries', Object.assign(new Error('x'), { statusCode: 404 }), 'server_error', 500],
    ['a status beside somebody else’s code', Object.assign(new Error('x'), { statusCode: 404, code: 'ENOENT' }), 'server_error', 500],
    ['any error', new Error('x'), 'server_error', 500],
    ['a text', 'x', 'server_error', 500],
    ['nothing', undefined, 'server_error', 500],
    ['null', null, 'server_error', 500],
  ])('leaves for %s as a code of the catalogue', (_, thrown, code, status) => {
    expect(wireError(thrown)).toMatchObject({ code, status });
  });

  it('says nothing of its own on the wire (S-129)', () => {
    const value = canarySecret('fault');
    for (const thrown of [
      new Error(value),
      new StoreUnavailable(value),
      new BadRequestException(value),
      { getStatus: () => 400, message: value },
    ]) {
      expectNoSecret(JSON.stringify(renderJson(wireError(thrown))), { value }, 'the answer');
    }
  });

  it('asks to come back when something is away', () => {
    expect(renderJson(wireError(new StoreUnavailable('away'))).headers['retry-after']).toBe('1');
  });
});
