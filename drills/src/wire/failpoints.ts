import type { Service } from '../stack/parts.js';
import type { Failpoint } from './failpoint-wire.js';

/** A failpoint, and whose step it is. */
export interface NamedFailpoint extends Failpoint {
  readonly of: Service;
}

const moments = ['before', 'during', 'unheard', 'heard'] as const;

const each = (of: Service, step: string, says: string): NamedFailpoint[] =>
  moments.map((when) => ({ name: `${step}.${when}`, of, says, when }));

/**
 * Every await point of the record step and of what follows it: the append of each service that records; the relay's, which has published and moves its
 * checkpoint; the audit service's, which puts a page into the roll and commits it before the offset moves.
 */
export const failpoints: readonly NamedFailpoint[] = [
  ...each('token', 'issue', 'es.append_token'),
  ...each('exchange', 'exchange', 'es.append_exchange'),
  ...each('registration', 'register', 'es.append_registration'),
  ...each('token', 'relay', 'update es.checkpoint'),
  ...each('audit', 'roll', 'UPDATE audit.head'),
  ...each('audit', 'roll-commit', 'COMMIT'),
];
