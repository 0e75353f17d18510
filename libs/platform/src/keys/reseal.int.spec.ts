import { createCipheriv, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../secret.js';
import { makeKey } from './make-key.js';
import { resealOld } from './reseal.js';
import { sealingKeysOf, unseal, unsealOld } from './seal.js';
import { connect, database } from './spec-kit/keys-database.js';

const masterKey = new Secret(randomBytes(32));

/** As the release before sealed: version 1, one key for every purpose. */
function sealedBefore(key: KeyObject, owner: string, master: Secret): Buffer {
  const under = Buffer.from(hkdfSync('sha256', master.reveal(), new Uint8Array(), 'chancery signing keys at rest', 32));
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', under, iv).setAAD(Buffer.from(owner));
  const sealed = Buffer.concat([cipher.update(key.export({ format: 'der', type: 'pkcs8' })), cipher.final()]);
  return Buffer.concat([Buffer.of(1), iv, cipher.getAuthTag(), sealed]);
}

describe('private keys that an earlier release sealed', () => {
  it('are sealed again under the key of their purpose, once, and what another master key sealed stays as it is', async () => {
    const { owner, url } = await database();
    const [mine, others] = [makeKey('Ed25519'), makeKey('Ed25519')];
    const put = (kid: string, sealed: Buffer) =>
      owner.query('INSERT INTO keyring.sealed_key (kid, purpose, sealed) VALUES ($1, $2, $3)', [kid, 'roll', sealed]);
    await put(mine.kid, sealedBefore(mine.privateKey, `roll|${mine.kid}`, masterKey));
    await put(others.kid, sealedBefore(others.privateKey, `roll|${others.kid}`, new Secret(randomBytes(32))));
    const read = async (kid: string): Promise<Buffer> => {
      const rows: { sealed: Buffer }[] = await owner.query('SELECT sealed FROM keyring.sealed_key WHERE kid = $1', [kid]);
      return rows[0]?.sealed ?? Buffer.alloc(0);
    };
    const before = await read(others.kid);

    await resealOld(url, masterKey);
    const after = await read(mine.kid);
    const is = { purpose: 'roll', kid: mine.kid } as const;
    expect(unseal(after, is, sealingKeysOf(masterKey)('roll'))?.equals(mine.privateKey)).toBe(true);
    expect(unsealOld(after, is, masterKey)).toBeUndefined();
    expect(unseal(after, is, sealingKeysOf(masterKey)('revocation'))).toBeUndefined();
    expect(await read(others.kid)).toEqual(before);

    await resealOld(url, masterKey);
    expect(await read(mine.kid)).toEqual(after);
  });
});

describe('the exchange service’s role', () => {
  it('sees the keys it signs with, and no other service’s (ADR 0018)', async () => {
    const { as, owner } = await database();
    for (const purpose of ['access-token', 'revocation', 'roll', 'service-gateway'])
      await owner.query('INSERT INTO keyring.sealed_key (kid, purpose, sealed) VALUES ($1, $2, $3)', [
        `k-${purpose}`,
        purpose,
        Buffer.of(2),
      ]);
    const seen = async (role: 'exchange' | 'token'): Promise<string[]> => {
      const rows: { purpose: string }[] = await (await connect(as(role))).query('SELECT purpose FROM keyring.sealed_key ORDER BY purpose');
      return rows.map(({ purpose }) => purpose);
    };
    expect(await seen('exchange')).toEqual(['access-token']);
    expect(await seen('token')).toHaveLength(4);
  });
});
