/** Byte strings as one parameter, with where each begins, from 1, and how long it is. In an array the driver would write them in hexadecimal, twice as long. */
export interface Packed {
  readonly bytes: Buffer;
  readonly starts: readonly number[];
  readonly lengths: readonly number[];
}

export function packed(values: readonly Buffer[]): Packed {
  let next = 1;
  const starts = values.map(({ length }) => {
    const start = next;
    next += length;
    return start;
  });
  return { bytes: Buffer.concat(values), starts, lengths: values.map(({ length }) => length) };
}
