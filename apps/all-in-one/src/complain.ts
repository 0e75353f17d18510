import { StoreUnusable } from '@chancery/eventstore';
import { DataFolderHeldError, DataFolderUnreachableError } from '@chancery/eventstore/embedded';
import { ConfigError } from '@chancery/platform';
import { WrongIssuer } from '@chancery/registration';

const network = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'ECONNRESET', 'EHOSTUNREACH']);

/** Says in one line why the start stopped, and what to change. */
export function complain(error: unknown, notice: (text: string) => void): void {
  notice(`chancery cannot start: ${reasonOf(error)}`);
}

function reasonOf(error: unknown): string {
  if (error instanceof WrongIssuer) return `CHANCERY_ISSUER: ${error.message}; set it to that, or CHANCERY_DATA to another folder`;
  if (error instanceof DataFolderUnreachableError) return `CHANCERY_DATA: ${error.message}`;
  const ours = [ConfigError, DataFolderHeldError, StoreUnusable];
  if (ours.some((kind) => error instanceof kind)) return (error as Error).message;
  const { code } = Object(error) as { code?: unknown };
  if (typeof code === 'string' && network.has(code)) return `CHANCERY_DATABASE_URL: the server does not answer (${code})`;
  // PostgreSQL's own words, such as a login that is refused; they hold no password.
  return error instanceof Error ? error.message : 'an unknown fault';
}
