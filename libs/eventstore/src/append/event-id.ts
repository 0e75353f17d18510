import { randomFillSync } from 'node:crypto';

const pool = Buffer.allocUnsafe(4096);
let used = pool.length;

/** 16 bytes of a UUIDv7 (RFC 9562 §5.7): time-ordered by this machine's clock, 74 random bits. It names an event and says nothing about its order. */
export function newEventId(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const id = Buffer.from(pool.subarray(used, used + 16));
  used += 16;
  id.writeUIntBE(Date.now(), 0, 6);
  id[6] = 0x70 | (id.readUInt8(6) & 0x0f);
  id[8] = 0x80 | (id.readUInt8(8) & 0x3f);
  return id;
}

/** The textual form, as PostgreSQL prints a uuid. */
export const formatEventId = (id: Uint8Array): string =>
  Buffer.from(id)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
