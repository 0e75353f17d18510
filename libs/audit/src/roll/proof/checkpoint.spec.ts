import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { origin, rollKey } from '../../spec-kit/roll.js';
import { openCheckpoint, readCheckpoint, signCheckpoint } from './checkpoint.js';
import { parseNoteKeys, printNoteKey } from './note-key.js';

const key = rollKey('k', 7);
const other = rollKey();
const head = { origin, size: 20_852_163, root: Buffer.alloc(32, 9) };
const note = signCheckpoint(head, key.privateKey, key.publicKey);

describe('a checkpoint', () => {
  it('is a note of three lines and a signature (C2SP tlog-checkpoint)', () => {
    expect(note).toMatch(/^id\.example\/roll\/main\n20852163\nCQkJ[A-Za-z0-9+/]{39}=\n\n— id\.example\/roll\/main [A-Za-z0-9+/]{91}=\n$/);
    expect(openCheckpoint(note, [key.note])).toEqual(head);
  });

  it('is read as the specification’s example, which no key of ours signed', () => {
    const example =
      'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n';
    expect(readCheckpoint(example)).toMatchObject({ origin: 'example.com/behind-the-sofa', size: 20_852_163 });
    expect(openCheckpoint(example, [key.note])).toBeUndefined();
  });

  it('is worthless when any bit of it is another one', () => {
    const bytes = Buffer.from(note);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(openCheckpoint(changed.toString('utf8'), [key.note])).toBeUndefined();
    }
  });

  it('of another key counts for nothing, under its own name or under this one', () => {
    expect(openCheckpoint(signCheckpoint(head, other.privateKey, other.publicKey), [key.note])).toBeUndefined();
    // Signed by another key, but saying it was this one.
    expect(openCheckpoint(signCheckpoint(head, other.privateKey, key.publicKey), [key.note])).toBeUndefined();
    expect(openCheckpoint(note, [{ name: 'id.example/roll/other', key: key.publicKey }])).toBeUndefined();
  });

  it('may bear witnesses’ signatures besides, but none of ours that is false', () => {
    const witness = note.split('\n\n')[1] ?? '';
    const foreign = witness.replace(origin, 'witness.example/w1');
    expect(openCheckpoint(note + foreign, [key.note])).toEqual(head);
    const signatureAt = note.lastIndexOf(' ') + 20;
    const bad =
      `${note.slice(0, signatureAt)}${note[signatureAt] === 'A' ? 'B' : 'A'}${note.slice(signatureAt + 1)}`.split('\n\n')[1] ?? '';
    expect(openCheckpoint(note + bad, [key.note])).toBeUndefined();
  });

  it.each([
    ['no signature', `${note.split('\n\n')[0]}\n\n`],
    ['a size with a leading zero', note.replace('\n20852163\n', '\n020852163\n')],
    ['an extension line', note.replace('\n\n', '\nmore\n\n')],
    ['something behind it', `${note}more`],
    ['nothing at all', ''],
  ])('with %s is none', (_name, text) => {
    expect(readCheckpoint(text)).toBeUndefined();
  });
});

describe('a public key of the roll', () => {
  const printed = printNoteKey(origin, key.publicKey);

  it('is written as other tools of this format write theirs', () => {
    expect(printed).toMatch(/^id\.example\/roll\/main\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/);
    // The key of the format's own documentation: its id is what we make of name and key.
    expect(parseNoteKeys('PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')).toMatchObject([{ name: 'PeterNeumann' }]);
    expect(parseNoteKeys('PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW')).toBeUndefined();
  });

  const jwk = key.publicKey.export({ format: 'jwk' });
  it.each([
    ['its own form', printed],
    ['a JWK', JSON.stringify(jwk)],
    ['a JWK Set', JSON.stringify({ keys: [jwk] })],
    ['a PEM', key.publicKey.export({ type: 'spki', format: 'pem' })],
    ['the answer of /admin/v1/log/key', JSON.stringify({ origin, keys: [printed], jwks: [jwk] })],
  ])('is read from %s', (_name, text) => {
    const keys = parseNoteKeys(text);
    expect(openCheckpoint(note, keys ?? [])).toEqual(head);
  });

  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  it.each([
    ['an ES256 key', JSON.stringify(ec.publicKey.export({ format: 'jwk' }))],
    ['a private PEM', key.privateKey.export({ type: 'pkcs8', format: 'pem' })],
    ['no keys', '{"keys":[]}'],
    ['a name alone', 'roll.pub'],
    ['nothing', ''],
  ])('is not read from %s', (_name, text) => {
    expect(parseNoteKeys(text)).toBeUndefined();
  });
});
