import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Figure } from '../figure.js';
import { machine } from './machine.js';
import { withMeasurements } from './measurements.js';
import { plot } from './plot.js';

/** Writes the page and its plot. */
export function writeMeasurements(figures: readonly Figure[], command: string): void {
  const docs = new URL('../../../docs/', import.meta.url);
  const page = new URL('measurements.md', docs);
  const before = existsSync(page) ? readFileSync(page, 'utf8') : undefined;
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(page, withMeasurements(before, { figures, command, date, machine: machine() }));
  writeFileSync(new URL('measurements.svg', docs), plot(figures));
}
