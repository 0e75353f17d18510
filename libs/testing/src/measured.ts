/** Says what was measured, for whoever reads the run: figures that no spec fails on. */
export const report = (what: string, figures: Readonly<Record<string, number | string>>): void =>
  void process.stdout.write(
    `${what}: ${Object.entries(figures)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}\n`,
  );

/** The smallest of the values that this share of them (0 to 1) does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Whole milliseconds since `began` (of `performance.now()`). */
export const since = (began: number): number => Math.round(performance.now() - began);
