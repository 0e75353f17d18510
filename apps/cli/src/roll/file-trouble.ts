import { Refused } from '../failure.js';

/** What the system said about a file, for a person. Anything that is no word of the system's is passed on as it is. */
export function fileTrouble(error: unknown, what: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string') return error;
  const why = { ENOENT: 'there is no such file or folder', EACCES: 'this user may not', EISDIR: 'it is a folder' }[code] ?? code;
  return new Refused(`${what}: ${why}`, { cause: error });
}
