import { createHmac, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { entryKey, openRecord, signBeat, signEntry, type SignedRecord } from './signed-record.js';

const ours = generateKeyPairSync('ed25519');
const theirs = generateKeyPairSync('ed25519');
const key = { kid: 'k1', privateKey: ours.privateKey };
const pinned = (kid: string): KeyObject | undefined => (kid === 'k1' ? ours.publicKey : undefined);

const entry = { kind: 'grant', id: 'gr_1', t: 'for-ever', position: 7n, at: 1_790_000_000_000_001 } as const;
const beat = { through: 1_790_000_000_000_000, entries: 3, digest: 'a'.repeat(64), position: 7n, counter: 12, at: 1_790_000_000_000_005 };

describe('a signed revocation record', () => {
  it('opens to the entry that was signed, times as numbers and position as a bigint', () => {
    expect(openRecord(signEntry(entry, key), pinned)).toEqual({ type: 'revocation.entered', entry: { tenant: 'main', ...entry } });
  });

  it('carries a time where the entry means "issued before T"', () => {
    const opened = openRecord(signEntry({ ...entry, kind: 'agent', id: 'ag_1', t: 1_790_000_000 }, key), pinned);
    expect(opened).toMatchObject({ entry: { kind: 'agent', t: 1_790_000_000 } });
  });

  it('opens to the heartbeat that was signed', () => {
    expect(openRecord(signBeat(beat, key), pinned)).toEqual({ type: 'revocation.heartbeat', beat: { tenant: 'main', ...beat } });
  });

  it('is signed over topic, type and the very bytes of the data, so that anybody can check it', () => {
    const { type, data, sig } = signEntry(entry, key);
    const input = Buffer.concat([Buffer.from('chancery.revocations\0'), Buffer.from(`${type}\0`), Buffer.from(data)]);
    expect(verify(null, input, ours.publicKey, Buffer.from(sig, 'base64url'))).toBe(true);
  });

  const honest = signEntry(entry, key);
  it.each<[string, Partial<SignedRecord> | { sig: undefined } | { sigkid: undefined }, string]>([
    ['without a signature', { sig: undefined }, 'unsigned'],
    ['without a key id', { sigkid: undefined }, 'unsigned'],
    ['under a key that was not pinned', { sigkid: 'k2' }, 'unknown_key'],
    ['signed by somebody else', { sig: signEntry(entry, { kid: 'k1', privateKey: theirs.privateKey }).sig }, 'forged'],
    ['whose data was changed by one character', { data: honest.data.replace('gr_1', 'gr_2') }, 'forged'],
    ['whose position was changed', { data: honest.data.replace('"7"', '"8"') }, 'forged'],
    ['that claims to be of the other type', { type: 'revocation.heartbeat' }, 'forged'],
    ['with the signature in another spelling', { sig: `${honest.sig}=` }, 'forged'],
    ['with an empty signature', { sig: '' }, 'forged'],
    [
      'keyed by the public key as a secret',
      {
        sig: createHmac('sha512', ours.publicKey.export({ type: 'spki', format: 'pem' }))
          .update(honest.data)
          .digest('base64url'),
      },
      'forged',
    ],
  ])('%s counts for nothing', (_name, change, refused) => {
    expect(openRecord(honest, pinned)).toHaveProperty('entry');
    expect(openRecord({ ...honest, ...change }, pinned)).toEqual({ refused });
  });

  it('is not read before its signature held: malformed data under a bad signature is a forgery', () => {
    expect(openRecord({ ...honest, data: '{' }, pinned)).toEqual({ refused: 'forged' });
  });

  it('of unknown fields, or with a time that is no whole number, is malformed although the signature holds', () => {
    expect(openRecord(signEntry({ ...entry, at: 1.5 }, key), pinned)).toEqual({ refused: 'malformed' });
    expect(openRecord(signEntry({ ...entry, t: -1 }, key), pinned)).toEqual({ refused: 'malformed' });
    expect(openRecord(signBeat({ ...beat, digest: 'x' }, key), pinned)).toEqual({ refused: 'malformed' });
  });

  const genuine = (type: string, data: string) => {
    const sig = sign(null, Buffer.from(`chancery.revocations\0${type}\0${data}`), ours.privateKey).toString('base64url');
    return openRecord({ type, data, sig, sigkid: 'k1' }, pinned);
  };

  it('of a type nobody knows is neither entry nor heartbeat, whatever its data look like', () => {
    expect(genuine('revocation.heartbeat', signBeat(beat, key).data)).toHaveProperty('beat');
    for (const { data } of [signEntry(entry, key), signBeat(beat, key)])
      expect(genuine('other', data)).toEqual({ refused: 'unknown_type' });
  });

  it('that is no JSON, or is too long, is malformed although the signature holds', () => {
    const { type, data } = signEntry(entry, key);
    expect(genuine(type, data)).toHaveProperty('entry');
    expect(genuine(type, '{')).toEqual({ refused: 'malformed' });
    expect(genuine(type, data.padEnd(4_096))).toHaveProperty('entry');
    expect(genuine(type, data.padEnd(4_097))).toEqual({ refused: 'malformed' });
  });

  it.each(['07', ' 7', '7 ', '-1', '7.0', '1x', '9'.repeat(20), ''])('has one spelling of a position, and %j is none', (position) => {
    const { type, data } = signEntry(entry, key);
    expect(genuine(type, data.replace('"7"', '"1234567890"'))).toMatchObject({ entry: { position: 1_234_567_890n } });
    expect(genuine(type, data.replace('"7"', JSON.stringify(position)))).toEqual({ refused: 'malformed' });
  });

  it.each(['a'.repeat(63), 'a'.repeat(65), `x${'a'.repeat(64)}`, 'A'.repeat(64)])(
    'has a digest of 64 lower-case hex digits, not %s',
    (digest) => {
      expect(openRecord(signBeat({ ...beat, digest }, key), pinned)).toEqual({ refused: 'malformed' });
    },
  );

  it('stands on the compacted topic under its subject', () => {
    expect(entryKey(entry)).toBe('grant/gr_1');
  });

  it('cannot be made with a key of another kind', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(() => signEntry(entry, { kid: 'k1', privateKey })).toThrow(TypeError);
  });
});
