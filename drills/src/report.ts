import type { Books } from './books.js';

export interface Reported {
  readonly drill: string;
  readonly seed: number;
  readonly times: number;
  readonly seconds: number;
  /** Of the whole drill, in seconds. */
  readonly took: number;
  readonly books: Books;
  /** Why it did not come to its end. */
  readonly failed?: string;
}

/** For people: what was counted, then each invariant. */
export function table({ books: { counts, invariants } }: Reported): string {
  const rows = [
    ...[...counts].map(([name, value]) => [name, String(value)] as const),
    ...[...invariants].map(([name, { broken }]) => [name, broken === 0 ? 'holds' : `BROKEN by ${broken}`] as const),
  ];
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  const such = [...invariants].flatMap(([name, each]) =>
    each.such.map((one) => `  ${name}: ${typeof one === 'string' ? one : JSON.stringify(one)}`),
  );
  return [...rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`), ...such].join('\n');
}

/** For machines: everything on one line. */
export const jsonLine = ({ books, ...reported }: Reported): string =>
  JSON.stringify({
    ...reported,
    held: books.held() && reported.failed === undefined,
    counts: Object.fromEntries(books.counts),
    invariants: Object.fromEntries(
      [...books.invariants].map(([name, { broken, such }]) => [name, broken === 0 ? 'holds' : { broken, such }]),
    ),
  });
