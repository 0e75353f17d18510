import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ChanceryEvent } from './catalogue.js';
import { decodeEvent, decodeWith, definitionsByType, encodeEvent, typesOf, UnreadableEvent } from './codec.js';
import { defineEvent } from './define-event.js';

const closed: ChanceryEvent = { type: 'iat.closed', iatId: 'it_1', reason: 'done', by: 'ag_operator' };
const bytes = (data: unknown) => new TextEncoder().encode(typeof data === 'string' ? data : JSON.stringify(data));
const stored = (data: unknown, version = 1, type = 'iat.closed') => ({ type, version, data: bytes(data) });

function caught(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('writing an event', () => {
  it('makes the JSON of its fields alone, with type, version and marks beside it', () => {
    const { data, ...marks } = encodeEvent(closed);
    expect(marks).toEqual({ type: 'iat.closed', version: 1, fence: true, revokes: [] });
    expect(new TextDecoder().decode(data)).toBe('{"iatId":"it_1","reason":"done","by":"ag_operator"}');
  });

  it.each([
    ['a field the type does not list', { ...closed, note: 'canary-value' }, 'unrecognized_keys'],
    ['a missing field', { type: 'iat.closed', iatId: 'it_1', by: 'canary-value' }, 'reason'],
    ['a field of another type', { ...closed, reason: { text: 'canary-value' } }, 'reason'],
    ['a field that is too long', { ...closed, reason: 'canary-value'.repeat(100) }, 'reason'],
    ['several of them at once', { ...closed, iatId: '', reason: '' }, 'iatId, reason'],
    ['a nested field the type does not list', keyAddedWith({ d: 'canary-value' }), 'jwk'],
  ])('refuses %s, naming the place and never the value (S-137)', (_what, event, place) => {
    const error = caught(() => encodeEvent(event as ChanceryEvent));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toBe(`event ${event.type} has unacceptable ${place}`);
    expect(String((error as Error).stack)).not.toContain('canary-value');
  });

  it('refuses a type that is not in the catalogue', () => {
    expect(() => encodeEvent({ ...closed, type: 'iat.burnt' } as never)).toThrow(new TypeError('no such event type: iat.burnt'));
  });

  it('refuses a field that is there and undefined: absent is said by leaving it out', () => {
    const revoked = { type: 'grant.revoked', grantId: 'gr_1', cause: 'operator', by: 'ag_1' } as const;
    expect(new TextDecoder().decode(encodeEvent(revoked).data)).toBe('{"grantId":"gr_1","cause":"operator","by":"ag_1"}');
    expect(() => encodeEvent({ ...revoked, reason: undefined } as never)).toThrow('event grant.revoked has unacceptable reason');
  });
});

describe('reading an event', () => {
  it('gives back what was written', () => {
    expect(decodeEvent(encodeEvent(closed))).toEqual(closed);
  });

  const { type: _type, ...fields } = closed;
  it.each([
    ['an unknown type', stored(fields, 1, 'iat.burnt'), 'unknown_type'],
    ['a name every object inherits', stored(fields, 1, 'constructor'), 'unknown_type'],
    ['a version from the future', stored(fields, 2), 'newer_version'],
    ['version 0', stored(fields, 0), 'malformed'],
    ['a version that is no number', stored(fields, Number.NaN), 'malformed'],
    ['half a version', stored(fields, 0.5), 'malformed'],
    ['bytes that are not JSON', stored('{"iatId":'), 'malformed'],
    ['bytes that are not UTF-8', { type: 'iat.closed', version: 1, data: Uint8Array.of(0x22, 0xff, 0x22) }, 'malformed'],
    ['nothing', stored(''), 'malformed'],
    ['null', stored('null'), 'malformed'],
    ['a list', stored([fields]), 'malformed'],
    ['a missing field', stored({ iatId: 'it_1', by: 'ag_1' }), 'malformed'],
    ['a field the type does not list', stored({ ...fields, more: 1 }), 'malformed'],
    ['a type inside the data', stored({ ...fields, type: 'iat.revoked' }), 'malformed'],
  ])('stops at %s and says where', (_what, event, reason) => {
    const error = caught(() => decodeEvent(event));
    expect(error).toBeInstanceOf(UnreadableEvent);
    expect(error).toMatchObject({ type: event.type, version: event.version, reason });
    expect((error as Error).message).toBe(`event ${event.type} v${event.version}: ${reason}`);
  });
});

describe('upcasts', () => {
  // Three versions of one event: v2 added a reason, v3 named who did it.
  const sealed = defineEvent({
    type: 'letter.sealed',
    schema: { letter: z.string(), reason: z.enum(['asked', 'unrecorded']), by: z.string() },
    upcasts: [
      (v1: { letter: string }) => ({ ...v1, reason: 'unrecorded' }),
      ({ clerk, ...v2 }: { letter: string; reason: string; clerk?: string }) => ({ ...v2, by: clerk ?? 'unrecorded' }),
    ],
  });
  const definitions = definitionsByType([sealed]);
  const read = (version: number, data: unknown) => decodeWith(definitions, stored(data, version, 'letter.sealed'));

  it('count the version', () => {
    expect(sealed.version).toBe(3);
  });

  it('run from the version that was written, in order', () => {
    expect(read(1, { letter: 'a' })).toEqual({ type: 'letter.sealed', letter: 'a', reason: 'unrecorded', by: 'unrecorded' });
    expect(read(2, { letter: 'b', reason: 'asked', clerk: 'c' })).toEqual({ type: 'letter.sealed', letter: 'b', reason: 'asked', by: 'c' });
  });

  it('leave the current version alone', () => {
    expect(read(3, { letter: 'c', reason: 'asked', by: 'd' })).toEqual({ type: 'letter.sealed', letter: 'c', reason: 'asked', by: 'd' });
  });

  it('must end in what the schema accepts', () => {
    expect(caught(() => read(2, { letter: 1, reason: 'asked' }))).toMatchObject({ reason: 'malformed' });
    expect(caught(() => read(1, null))).toMatchObject({ reason: 'malformed' });
  });
});

describe('the catalogue', () => {
  it('takes no two events of one type', () => {
    const twice = defineEvent({ type: 'letter.sealed', schema: {} });
    expect(() => definitionsByType([twice, twice])).toThrow(TypeError);
  });

  it('says which types a stream category may hold', () => {
    expect(typesOf('iat')).toEqual(['iat.minted', 'iat.closed', 'iat.revoked']);
    expect(typesOf('gateway')).toEqual([]);
    expect(typesOf('i')).toEqual([]);
  });
});

function keyAddedWith(more: object) {
  const jwk = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', ...more };
  return { type: 'key.added', purpose: 'access-token', kid: 'k1', alg: 'ES256', jwk, publishedAt: 1, by: 'system' };
}
