/** Whether an error, or what it was caused by, is PostgreSQL's of class 22: it says no to the values, and will say no to them again. */
export function isDataException(error: unknown, depth = 5): boolean {
  if (!(error instanceof Error) || depth === 0) return false;
  const { code, driverError } = error as { code?: unknown; driverError?: unknown };
  if (typeof code === 'string' && /^22[0-9A-Z]{3}$/.test(code)) return true;
  return isDataException(error.cause, depth - 1) || isDataException(driverError, depth - 1);
}
