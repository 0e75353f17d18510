import { DataFolderUnreachableError } from '@chancery/eventstore/embedded';
import { WrongIssuer } from '@chancery/registration';

/** Why the start stopped, and which setting to change, where the error itself does not name it. */
export function reasonOf(error: unknown): string | undefined {
  if (error instanceof WrongIssuer) return `CHANCERY_ISSUER: ${error.message}; set it to that, or CHANCERY_DATA to another folder`;
  if (error instanceof DataFolderUnreachableError) return `CHANCERY_DATA: ${error.message}`;
  return undefined;
}
