import { describe, expect, it } from 'vitest';
import { given } from './given.js';

const counter = {
  initial: 0,
  evolve: (total: number, event: { added: number }) => total + event.added,
  decide: (add: number, total: number) =>
    total + add > 10 ? { ok: false as const, refusal: 'too_much' } : { ok: true as const, events: add === 0 ? [] : [{ added: add }] },
};

describe('a decider’s story', () => {
  it('holds when the events are exactly those', () => {
    given(counter, { added: 3 }).when(7).then({ added: 7 });
    given(counter, { added: 3 }).when(0).thenNothing();
    given(counter, { added: 3 }).when(8).thenRefused('too_much');
  });

  it('fails on another event, one event more or fewer, another refusal, or a refusal instead of an event', () => {
    const wrong = [
      () => given(counter).when(7).then({ added: 8 }),
      () => given(counter).when(7).then({ added: 7 }, { added: 7 }),
      () => given(counter).when(7).thenNothing(),
      () => given(counter).when(11).thenRefused('other'),
      () => given(counter).when(11).then({ added: 11 }),
    ];
    for (const story of wrong) expect(story).toThrow('to deeply equal');
  });
});
