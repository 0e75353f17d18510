import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isEd25519Key } from './ed25519-point.js';

const publicBytes = () => Buffer.from(generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');

describe('an Ed25519 public key', () => {
  it('is accepted, whoever made it', () => {
    for (let count = 0; count < 50; count += 1) expect(isEd25519Key(publicBytes())).toBe(true);
    // RFC 8032 §7.1, test 1
    expect(isEd25519Key(Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex'))).toBe(true);
  });

  it.each([
    '0100000000000000000000000000000000000000000000000000000000000000',
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0000000000000000000000000000000000000000000000000000000000000080',
    '0100000000000000000000000000000000000000000000000000000000000080',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  ])('of small order or not reduced is refused: %s', (hex) => {
    expect(isEd25519Key(Buffer.from(hex, 'hex'))).toBe(false);
  });

  it('off the curve is refused: about every second y is', () => {
    const onCurve = Array.from({ length: 200 }, (_, y) =>
      isEd25519Key(Buffer.from((y + 2).toString(16).padStart(2, '0').padEnd(64, '0'), 'hex')),
    );
    const count = onCurve.filter(Boolean).length;
    expect(count).toBeGreaterThan(70);
    expect(count).toBeLessThan(130);
  });
});
