/** The smallest of the values that this share of them (0 to 1) does not exceed; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** `median / p99 / most`, in whole units. */
export const spread = (values: readonly number[]): string =>
  values.length === 0 ? '-' : [0.5, 0.99, 1].map((share) => Math.round(quantile(values, share))).join(' / ');
