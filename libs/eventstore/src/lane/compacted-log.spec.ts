import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompactedLog } from './compacted-log.js';

describe('a compacted log', () => {
  it('gives the newest value of each key behind a number, oldest first, page by page', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(8), fc.boolean()), { maxLength: 300 }),
        fc.nat(300),
        fc.integer({ min: 1, max: 9 }),
        (acts, from, limit) => {
          const log = new CompactedLog<number>();
          let model: { key: string; number: number }[] = [];
          for (const [n, remove] of acts) {
            const key = `k${n}`;
            model = model.filter((one) => one.key !== key);
            if (remove) log.delete(key);
            else model.push({ key, number: log.put(key, log.last + 1) });
          }
          const seen: number[] = [];
          for (let number = from, full = true; full;) {
            const page = log.after(number, limit);
            seen.push(...page.values);
            ({ full } = page);
            number = page.through;
          }
          expect(seen).toEqual(model.map(({ number }) => number).filter((number) => number > from));
        },
      ),
    );
  });
});
