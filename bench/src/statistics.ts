/** The smallest of the values that this share of them (0 to 1) does not exceed; NaN of nothing. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).toSorted();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export const smallest = (values: readonly number[]): number => (values.length === 0 ? Number.NaN : Math.min(...values));

export const largest = (values: readonly number[]): number => (values.length === 0 ? Number.NaN : Math.max(...values));

/** The element that this is largest of; the first of equals. Throws a RangeError for no element. */
export function best<Element>(elements: readonly Element[], by: (element: Element) => number): Element {
  const [first, ...others] = elements;
  if (first === undefined) throw new RangeError('the best of nothing');
  return others.reduce((leading, each) => (by(each) > by(leading) ? each : leading), first);
}

/** At most this many digits that say something, without an exponent. */
export function rounded(value: number, digits = 3): number {
  if (!Number.isFinite(value) || Math.abs(value) >= 10 ** digits) return Math.round(value);
  return Number(value.toPrecision(digits));
}
