import { printable } from '../text.js';
import type { Awaited } from './await-gateways.js';

/** What people read of the waiting: part of the result, or a note beside it. */
export interface Said {
  readonly out?: string;
  readonly err?: string;
}

/** @param already it was so before, so that the time it took says nothing */
export function sentence({ end, standing, cause }: Awaited, already: boolean): Said {
  const { inForce = 0, of = 0, afterMs, denyBy, missing = [] } = standing ?? {};
  const at = `at ${inForce} of ${of}`;
  switch (end) {
    case 'in-force':
      return {
        out: `in force ${at} ${of === 1 ? 'gateway' : 'gateways'}${already || afterMs === undefined ? '' : ` after ${afterMs} ms`}`,
      };
    case 'over':
      return { out: `${at}; the others ${denying(denyBy)} (${names(missing)})` };
    case 'nobody':
      return {
        out: `no gateway was heard in the last ten seconds${denyBy === undefined ? '' : `; one that runs all the same ${denying(denyBy, 'denies')}`}`,
      };
    case 'interrupted':
      return { out: `not waited for any longer, it stands${standing ? `: ${at}; the others ${denying(denyBy)}` : ''}` };
    case 'unreadable':
      return { err: `chancery: it stands, but waiting for gateways is over: ${cause?.message ?? 'nothing was answered'}` };
  }
}

/** What programs read: `after_ms` where it is in force everywhere, `deny_by` where it is not. Undefined where no list was seen. */
export function fields({ end, standing }: Awaited, already: boolean): Record<string, unknown> | undefined {
  if (!standing) return undefined;
  const { inForce, of, afterMs, denyBy } = standing;
  return {
    in_force: inForce,
    of,
    ...(end === 'in-force' && !already && afterMs !== undefined && { after_ms: afterMs }),
    ...(denyBy !== undefined && { deny_by: wholeSecond(denyBy).toISOString() }),
  };
}

/** In UTC, as every time that Chancery says; never earlier than it is. */
const denying = (denyBy: number | undefined, verb = 'deny'): string =>
  denyBy === undefined ? `${verb} when their budgets are over` : `${verb} by ${wholeSecond(denyBy).toISOString().slice(11, 19)} UTC`;

const wholeSecond = (microseconds: number): Date => new Date(Math.ceil(microseconds / 1_000_000) * 1_000);

const mostNames = 5;

function names(missing: readonly string[]): string {
  const more = missing.length - mostNames;
  return [...missing.slice(0, mostNames).map(printable), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
