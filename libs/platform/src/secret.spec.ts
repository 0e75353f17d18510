import { inspect } from 'node:util';
import { canarySecret, expectNoSecret } from '@chancery/testing';
import { describe, expect, it } from 'vitest';
import { Secret } from './secret.js';

describe('a secret', () => {
  const value = canarySecret('secret');
  const secret = new Secret(Buffer.from(value));

  it('gives its bytes to whoever asks for them by name', () => {
    expect(Buffer.from(secret.reveal()).toString()).toBe(value);
  });

  it('prints as nothing, wherever an object is printed', () => {
    const printed = [
      JSON.stringify({ secret }),
      inspect({ secret }, { depth: 9, showHidden: true }),
      `shown as ${secret as unknown as string}`,
      String(secret),
    ];
    for (const text of printed) expect(text).toContain('[secret]');
    expectNoSecret(printed.join('\n'), { value }, 'what was printed');
  });
});
