import { describe, expect, it } from 'vitest';
import { canarySecret, expectNoSecret, findSecrets } from './canary.js';

const secret = canarySecret('client');
const formsOf = (text: string) => new Set(findSecrets(text, { secret }).map(({ form }) => form));

describe('the search for a secret', () => {
  it.each([
    ['as it is', 'plain', `a log line with ${secret} in it`],
    ['in hex', 'hex', Buffer.from(`x${secret}`).toString('hex')],
    ['in upper-case hex', 'upper-case hex', Buffer.from(secret).toString('hex').toUpperCase()],
    ['in a URL', 'URL', `https://issuer.example/?s=${encodeURIComponent(secret)}`],
    ['in JSON', 'JSON', JSON.stringify({ deep: [{ secret }] })],
    ['in base64', 'base64', Buffer.from(secret).toString('base64')],
    ['in base64 of something larger', 'base64', Buffer.from(`id:${secret}`).toString('base64')],
    ['in base64 of something one byte larger still', 'base64', Buffer.from(`user:${secret} and more`).toString('base64')],
    ['in base64url', 'base64url', Buffer.from(`{"s":"${secret}"}`).toString('base64url')],
    ['in part', 'plain', `cut off: ${secret.slice(9, 25)}`],
  ])('finds it %s', (_, form, text) => {
    expect(formsOf(text)).toContain(form);
  });

  it('finds it in raw bytes that are no text', () => {
    const bytes = Uint8Array.from([0, 255, 254, ...Buffer.from(secret), 128]);
    expect(findSecrets(bytes, { secret })[0]).toEqual({ secret: 'secret', form: 'plain', at: 3 });
  });

  it('finds a secret of bytes', () => {
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    expect(findSecrets(Buffer.from(bytes).toString('base64url'), { key: bytes })).toContainEqual({
      secret: 'key',
      form: 'base64url',
      at: 0,
    });
  });

  it('finds nothing in fewer than 16 bytes of it, in another secret, or in noise', () => {
    const text = `${secret.slice(9, 24)} ${canarySecret('client')} ${Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))).toString('base64')}`;
    expect(findSecrets(text, { secret })).toEqual([]);
    expect(() => expectNoSecret(text, { secret }, 'the log')).not.toThrow();
  });

  it('names what leaked where, without a byte of it', () => {
    const leak = () => expectNoSecret(`x ${secret}`, { 'client secret': secret }, 'the log');
    expect(leak).toThrow('the log shows client secret as plain at byte 2');
    expect(leak).not.toThrow(secret.slice(0, 16));
  });

  it('refuses a secret that chance could produce', () => {
    expect(() => findSecrets('text', { pin: '1234' })).toThrow('pin is too short');
  });
});
