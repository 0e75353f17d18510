import { describe, expect, it } from 'vitest';
import { replayMemory } from './replay.js';

const start = 1_790_000_000;
const memory = ({ max = 1_000, since = start } = {}) => {
  const clock = { now: start };
  return { clock, proofs: replayMemory({ now: () => clock.now, since: () => since, max }) };
};
const use = (jti: string, thumbprint = 'A'.repeat(43), end = start + 360) => ({ thumbprint, jti, iat: end - 360, end });

describe('the memory of proofs', () => {
  it('lets a proof in once', () => {
    const { proofs } = memory();
    proofs.use(use('1'));
    expect(() => proofs.use(use('1'))).toThrow(expect.objectContaining({ code: 'invalid_dpop_proof', refusal: 'proof_replayed' }));
  });

  it('tells proofs of two keys apart: nobody burns another’s jti (S-103)', () => {
    const { proofs } = memory();
    proofs.use(use('1'));
    expect(() => proofs.use(use('1', 'B'.repeat(43)))).not.toThrow();
  });

  it('remembers until the last second a proof could be accepted, and then gives its room back (S-102)', () => {
    const { clock, proofs } = memory({ max: 1 });
    proofs.use(use('1'));
    clock.now = start + 360;
    expect(() => proofs.use(use('1'))).toThrow('proof_replayed');
    expect(() => proofs.use(use('2', undefined, clock.now + 360))).toThrow('replay_memory_full');
    clock.now = start + 360 + 32;
    proofs.use(use('2', undefined, clock.now + 360));
    expect(proofs.size).toBe(1);
  });

  it('refuses what may have been used before it began, and whatever comes while that is unknown', () => {
    const before = expect.objectContaining({ code: 'invalid_dpop_proof', refusal: 'proof_before_start' }) as Error;
    const { proofs } = memory();
    expect(() => proofs.use({ ...use('1'), iat: start - 0.001 })).toThrow(before);
    expect(() => proofs.use(use('1'))).not.toThrow();
    expect(() => memory({ since: Number.NaN }).proofs.use(use('1'))).toThrow(before);
  });

  it('denies when it is full, rather than forget', () => {
    const { proofs } = memory({ max: 2 });
    proofs.use(use('1'));
    proofs.use(use('2'));
    expect(() => proofs.use(use('3'))).toThrow(expect.objectContaining({ status: 503, refusal: 'replay_memory_full' }));
    expect(() => proofs.use(use('1'))).toThrow('proof_replayed');
  });
});
