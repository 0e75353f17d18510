import type { Context } from '../command.js';
import { formatInstant } from '../instant.js';
import { jsonLine } from '../json.js';
import { fit, pad, printable } from '../text.js';
import type { Style, Terminal } from '../terminal.js';
import type { LogEntry } from './log-pages.js';

type Screen = Pick<Terminal, 'columns' | 'paint'>;

// Fixed, unlike a table's: a tail does not know what comes.
const widths = { position: 8, at: 16, type: 26 } as const;

const logHeader = ({ paint }: Screen): string =>
  paint('dim', `${pad('POSITION', widths.position)}  ${pad('TIME (UTC)', widths.at)}${pad('EVENT', widths.type)}WHAT`);

/** Prints entries as they come: the header before the first one a person sees. */
export function logPrinter({ json, terminal }: Context): (entries: readonly LogEntry[]) => void {
  let begun = json;
  return (entries) => {
    if (entries.length > 0 && !begun) terminal.out(logHeader(terminal));
    begun ||= entries.length > 0;
    for (const entry of entries) terminal.out(json ? jsonLine(entry) : logLine(entry, terminal));
  };
}

function logLine({ position, at, type, stream, data }: LogEntry, { columns, paint }: Screen): string {
  const before = `${String(position).padStart(widths.position)}  ${pad(formatInstant(at).slice(5, 19), widths.at)}`;
  const event = pad(`${printable(type)} `, widths.type);
  const used = before.length + event.length;
  const gist = printable(gistOf(stream, data));
  const shown = columns === undefined ? gist : fit(gist, Math.max(12, columns - used));
  return `${paint('dim', before)}${paint(styleOf(type), event)}${shown}`;
}

function styleOf(type: string): Style {
  if (/denied|refus/.test(type)) return 'yellow';
  return /revoked|suspended|closed/.test(type) ? 'red' : 'cyan';
}

/** A call by what was asked and answered, anything else by its subject and what a person would ask next. */
function gistOf(stream: string, data: LogEntry['data']): string {
  if (typeof data['method'] === 'string') return words(data['status'], data['method'], data['path'], data['reason'], data['agent']);
  const subject = stream.split('/').slice(1).join(' ') || stream;
  return words(subject, data['reason'], data['scope'], data['name'], data['by'] === undefined ? undefined : `by ${text(data['by'])}`);
}

const words = (...values: readonly unknown[]): string => values.map(text).filter(Boolean).join(' ');

function text(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(' ');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
