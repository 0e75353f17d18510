import { type DestinationStream, pino } from 'pino';
import type { LogLevel } from '../config/config.js';
import { errorFields } from './error-fields.js';
import type { Log, LogFields } from './log.js';

const texts = [
  'requestId',
  'endpoint',
  'method',
  'reason',
  'agent',
  'grant',
  'kid',
  'purpose',
  'topic',
  'group',
  'stream',
  'type',
  'position',
  'id',
  'name',
] as const satisfies readonly (keyof LogFields)[];
const numbers = ['status', 'ms', 'count', 'port', 'pid'] as const satisfies readonly (keyof LogFields)[];

/** Structured lines on standard error, one JSON object each. Built from a list of fields, so that what nobody listed cannot be printed. */
export function createLogger(level: LogLevel, service: string, to: DestinationStream = pino.destination({ fd: 2, sync: false })): Log {
  const lines = pino(
    { level, base: { service }, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    to,
  );
  return {
    debug: (fields, message) => lines.debug(listed(fields), message),
    info: (fields, message) => lines.info(listed(fields), message),
    warn: (fields, message) => lines.warn(listed(fields), message),
    error: (fields, message) => lines.error(listed(fields), message),
  };
}

function listed(fields: LogFields): Record<string, unknown> {
  const line: Record<string, unknown> = {};
  for (const name of texts) if (typeof fields[name] === 'string') line[name] = fields[name].slice(0, 256);
  for (const name of numbers) if (typeof fields[name] === 'number') line[name] = fields[name];
  if (fields.err !== undefined) line['err'] = errorFields(fields.err);
  return line;
}
