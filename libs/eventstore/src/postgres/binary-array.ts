/** PostgreSQL's binary form of a one-dimensional array without nulls: nothing is quoted here, nothing parsed there. Element types by their OIDs. */
const oids = { boolean: 16, bytea: 17, bigint: 20, integer: 23, text: 25, uuid: 2950 } as const;

/** Dimensions, null flag, element type; then, unless empty, length and lower bound. */
const emptyHeader = 12;
const header = 20;

type Write<T> = (buffer: Buffer, value: T, at: number) => void;

function encode<T>(oid: number, values: readonly T[], sizeOf: (value: T) => number, write: Write<T>): Buffer {
  const sizes = values.map(sizeOf);
  const buffer = Buffer.alloc(values.length === 0 ? emptyHeader : sizes.reduce((sum, size) => sum + 4 + size, header));
  buffer.writeInt32BE(oid, 8);
  if (values.length === 0) return buffer;
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(values.length, 12);
  buffer.writeInt32BE(1, 16);
  let at = header;
  for (const [index, value] of values.entries()) {
    const size = sizes[index] ?? 0;
    buffer.writeInt32BE(size, at);
    write(buffer, value, at + 4);
    at += 4 + size;
  }
  return buffer;
}

const copy: Write<Uint8Array> = (buffer, value, at) => buffer.set(value, at);

export const booleanArray = (values: readonly boolean[]) =>
  encode(
    oids.boolean,
    values,
    () => 1,
    (buffer, value, at) => buffer.writeUInt8(value ? 1 : 0, at),
  );
export const integerArray = (values: readonly number[]) =>
  encode(
    oids.integer,
    values,
    () => 4,
    (buffer, value, at) => buffer.writeInt32BE(value, at),
  );
export const bigintArray = (values: readonly number[]) =>
  encode(
    oids.bigint,
    values,
    () => 8,
    (buffer, value, at) => buffer.writeBigInt64BE(BigInt(value), at),
  );
export const textArray = (values: readonly string[]) =>
  encode(oids.text, values, Buffer.byteLength, (buffer, value, at) => buffer.write(value, at));
export const byteaArray = (values: readonly Uint8Array[]) => encode(oids.bytea, values, (value) => value.length, copy);
export const uuidArray = (values: readonly Uint8Array[]) => encode(oids.uuid, values, () => 16, copy);
