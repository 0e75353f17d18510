import type { Options } from '../options.js';

/** Which entries of the log are meant. */
export const logOptions = {
  agent: { kind: 'text', value: 'ID', help: 'only what concerns this agent', max: 2_048 },
  type: { kind: 'text', value: 'T', help: 'only events of this type, as in grant.token-issued', max: 128 },
  since: { kind: 'integer', value: 'POSITION', help: 'only entries after this position' },
  limit: { kind: 'integer', value: 'N', help: 'at most so many', min: 1 },
} as const satisfies Options;

export interface LogQuestion {
  readonly agent: string | undefined;
  readonly type: string | undefined;
  readonly since: number | undefined;
  readonly limit: number | undefined;
}
