import { activityRecords, events, type ActivityRecord, type ChanceryEvent } from './catalogue.js';
import type { EventDefinition } from './define-event.js';
import type { RevokedSubject } from './revocation.js';

const catalogue = definitionsByType([...events, ...activityRecords]);

type Definitions = ReadonlyMap<string, EventDefinition>;

/** An event as a reader meets it: in the store or on the bus. */
interface StoredEvent {
  readonly type: string;
  readonly version: number;
  readonly data: Uint8Array;
}

/** What is stored: the exact bytes, with what the store must know beside them. */
export interface EncodedEvent {
  readonly type: string;
  readonly version: number;
  readonly fence: boolean;
  readonly data: Uint8Array;
  readonly revokes: readonly RevokedSubject[];
}

/** What a reader cannot make sense of. It stops its reader, or holds its key on the bus; it is never skipped (design §4). */
export class UnreadableEvent extends Error {
  override readonly name = 'UnreadableEvent';
  constructor(
    readonly type: string,
    readonly version: number,
    readonly reason: 'unknown_type' | 'newer_version' | 'malformed',
    options?: ErrorOptions,
  ) {
    super(`event ${type} v${version}: ${reason}`, options);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Event definitions by type. Throws a TypeError for two of one type. */
export function definitionsByType(definitions: readonly unknown[]): Definitions {
  const byType = new Map((definitions as readonly EventDefinition[]).map((definition) => [definition.type, definition]));
  if (byType.size !== definitions.length) throw new TypeError('two events have the same type');
  return byType;
}

/** Checks an event against its closed schema and makes the bytes that are stored and hashed. Throws a TypeError for an event that is not its type's. */
export const encodeEvent = (event: ChanceryEvent | ActivityRecord): EncodedEvent => encodeWith(catalogue, event);

/** Reads a stored event, through its upcasts. Throws UnreadableEvent. */
export const decodeEvent = (stored: StoredEvent): ChanceryEvent | ActivityRecord =>
  decodeWith(catalogue, stored) as ChanceryEvent | ActivityRecord;

/** `encodeEvent` over other definitions than the catalogue's. */
export function encodeWith(definitions: Definitions, event: { type: string }): EncodedEvent {
  const { type, ...fields } = event;
  const definition = definitions.get(type);
  if (!definition) throw new TypeError(`no such event type: ${type}`);
  const parsed = definition.schema.safeParse(fields);
  if (!parsed.success) {
    // Fields are named, their values never: those may be what a request carried.
    const where = parsed.error.issues.map((issue) => issue.path.join('.') || issue.code);
    throw new TypeError(`event ${type} has unacceptable ${where.join(', ')}`);
  }
  return {
    type,
    version: definition.version,
    fence: definition.fence,
    data: Buffer.from(JSON.stringify(parsed.data)),
    revokes: definition.revokes?.(parsed.data) ?? [],
  };
}

/** `decodeEvent` over other definitions than the catalogue's. */
export function decodeWith(definitions: Definitions, stored: StoredEvent): { type: string } {
  const { type, version } = stored;
  const definition = definitions.get(type);
  if (!definition) throw new UnreadableEvent(type, version, 'unknown_type');
  if (!Number.isInteger(version) || version < 1) throw new UnreadableEvent(type, version, 'malformed');
  if (version > definition.version) throw new UnreadableEvent(type, version, 'newer_version');
  try {
    let data: unknown = JSON.parse(utf8.decode(stored.data));
    for (const upcast of definition.upcasts.slice(version - 1)) data = upcast(data as never);
    return { type, ...definition.schema.parse(data) };
  } catch (cause) {
    throw new UnreadableEvent(type, version, 'malformed', { cause });
  }
}

/** The types that a stream category may hold: those whose first word is the category. */
export const typesOf = (category: string): readonly string[] =>
  events.map(({ type }) => type).filter((type) => type.startsWith(`${category}.`));
