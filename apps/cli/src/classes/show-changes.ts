import { table } from '../table.js';
import type { Terminal } from '../terminal.js';
import type { Change } from './class-api.js';

/** A member's value as a person reads it. */
export function shownValue(value: unknown): string {
  if (value === undefined || value === null) return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(String).join(' ');
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([name, each]) => `${name}=${String(each)}`)
      .join(' ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A line for each member that is said otherwise, or that it is nothing. */
export function showChanges(changes: readonly Change[], terminal: Terminal): void {
  const columns = [
    { title: 'MEMBER', of: ({ member }: Change) => member },
    { title: 'FROM', of: ({ from }: Change) => shownValue(from), flexible: true },
    { title: 'TO', of: ({ to }: Change) => shownValue(to), flexible: true },
  ];
  if (changes.length === 0) terminal.out('nothing changes');
  else for (const line of table(columns, changes, terminal)) terminal.out(line);
}
