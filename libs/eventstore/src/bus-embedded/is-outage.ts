import { StoreUnavailable } from '../contract.js';

/**
 * Error codes that say a server was not there, or had nothing left to work with (a full disk, no memory, no connection, a disk that fails), or may only
 * be read: PostgreSQL's classes 08, 57P, 53 and 58, and 25006; and the sockets'.
 */
const away = /^(08|57P|53|58|25006|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND)/;

/** Whether an error, or what it was caused by, is a server that is away, and no fault of what was being done. */
export function isOutage(error: unknown, depth = 5): boolean {
  if (!(error instanceof Error) || depth === 0) return false;
  if (error instanceof StoreUnavailable) return true;
  const { code, driverError } = error as { code?: unknown; driverError?: unknown };
  if (typeof code === 'string' && away.test(code)) return true;
  // pg has no code for a connection that ended under a statement.
  if (error.message.startsWith('Connection terminated')) return true;
  return isOutage(error.cause, depth - 1) || isOutage(driverError, depth - 1);
}
