import { StoreUnavailable } from '@chancery/eventstore';
import { OAuthError } from '@chancery/oauth';
import { canarySecret, expectNoSecret } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import { createLogger } from './create-logger.js';
import type { LogFields } from './log.js';

function lines() {
  const written: string[] = [];
  const log = createLogger('debug', 'token', { write: (text: string) => void written.push(text) });
  return { log, written, parsed: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('a log line', () => {
  it('is one JSON object with time, level, service, the fields it was given and a message', () => {
    const { log, parsed } = lines();
    log.warn({ endpoint: '/token', status: 503, reason: 'store_unavailable' }, 'a request met something that is away');
    expect(parsed()).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
        service: 'token',
        endpoint: '/token',
        status: 503,
        reason: 'store_unavailable',
        msg: 'a request met something that is away',
      },
    ]);
  });

  it('is written from its level on', () => {
    const written: string[] = [];
    const log = createLogger('warn', 'token', { write: (text: string) => void written.push(text) });
    log.debug({}, 'a');
    log.info({}, 'b');
    log.warn({}, 'c');
    log.error({}, 'd');
    expect(written).toHaveLength(2);
  });

  it('has no field that nobody listed, and no object where a text belongs (S-139)', () => {
    const { log, written } = lines();
    const value = canarySecret('field');
    const smuggled = {
      headers: { authorization: value },
      body: Buffer.from(value),
      token: value,
      endpoint: { value },
      status: value,
      count: [value],
    };
    log.info(smuggled as unknown as LogFields, 'a line');
    expectNoSecret(written.join(''), { value }, 'the log');
  });

  it('cannot be broken in two by what is in it', () => {
    const { log, written } = lines();
    log.info({ name: 'a\n{"level":"error","msg":"forged"}\u2028' }, 'a line');
    expect(written.join('').trimEnd().split('\n')).toHaveLength(1);
  });

  it('is bounded', () => {
    const { log, written } = lines();
    log.info({ name: 'x'.repeat(100_000) }, 'a line');
    expect(written.join('').length).toBeLessThan(1_000);
  });
});

describe('an error in the log', () => {
  it('that is a refusal says its reason and its private detail', () => {
    const { log, parsed } = lines();
    log.debug({ err: new OAuthError('invalid_client', { refusal: 'assertion_invalid', detail: 'jti' }) }, 'a request was refused');
    expect(parsed()[0]).toMatchObject({ err: { name: 'OAuthError', refusal: 'assertion_invalid', detail: 'jti' } });
  });

  it('that is ours says its text; any other its name, its code and where it happened', () => {
    const { log, parsed } = lines();
    const cause = Object.assign(new TypeError('select secret from users'), { code: '42P01' });
    log.warn({ err: new StoreUnavailable('the lane is closed', { cause }) }, 'away');
    expect(parsed()[0]).toMatchObject({
      err: {
        name: 'StoreUnavailable',
        message: 'the lane is closed',
        cause: {
          name: 'TypeError',
          code: '42P01',
          at: expect.arrayContaining([expect.stringMatching(/^at .*create-logger\.spec/)]) as string[],
        },
      },
    });
  });

  it('shows no secret in whatever form somebody else’s error has it', () => {
    const { log, written } = lines();
    const value = canarySecret('error');
    const thrown: unknown[] = [
      new Error(value),
      new Error(`first\n    at ${value}\n    at more`),
      Object.assign(new Error('x'), { detail: value, hint: value, where: value, query: value, parameters: [value] }),
      new Error('outer', { cause: new Error(value, { cause: value }) }),
      new AggregateError([new Error(value)], value),
      Object.assign(new Error('x'), { stack: value }),
      Object.assign(new Error('x'), { stack: `x, and more\n    at ${value}` }),
      Object.assign(new Error(), { stack: `more\n    at ${value}` }),
      value,
      { value },
      new URIError(`malformed ${value}`),
    ];
    for (const err of thrown) log.error({ err }, 'a fault');
    expect(written).toHaveLength(thrown.length);
    expectNoSecret(written.join(''), { value }, 'the log');
  });
});
