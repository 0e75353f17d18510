import { expect, it } from 'vitest';
import { formatEventId, newEventId } from './event-id.js';

it('an event id is a UUIDv7, of its own, and sorts by time (RFC 9562 §5.7)', () => {
  const before = Date.now();
  const ids = Array.from({ length: 10_000 }, newEventId);
  const after = Date.now();
  const texts = ids.map(formatEventId);
  expect(new Set(texts).size).toBe(ids.length);
  for (const text of texts) expect(text).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  for (const id of ids) {
    expect(id.readUIntBE(0, 6)).toBeGreaterThanOrEqual(before);
    expect(id.readUIntBE(0, 6)).toBeLessThanOrEqual(after);
  }
});
