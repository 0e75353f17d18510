import { type ConfigCommand, config, type IatClass } from '@chancery/domain';
import type { EventStore } from '@chancery/eventstore';
import { streamName } from '@chancery/events';
import { OAuthError } from '@chancery/oauth';
import { refused, rfc3339 } from '@chancery/platform';
import { documentOf } from './class-document.js';
import { configRefusals } from './refusals.js';

/** One definition of a class; the first is version 1. */
interface ClassVersion {
  readonly version: number;
  readonly stated: IatClass;
  /** Microseconds since 1970. */
  readonly at: number;
  readonly by: string;
}

/** What a definition says otherwise than the one before it; `from` or `to` is missing where the member was or is not stated. */
export interface Change {
  readonly member: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

async function versionsOf(name: string, store: EventStore): Promise<readonly ClassVersion[]> {
  const versions: ClassVersion[] = [];
  for (const { event, at } of await store.read(streamName('config', 'main'))) {
    if (event.type !== 'config.class-defined' || event.class !== name) continue;
    const { type: _type, by, ...stated } = event;
    versions.push({ version: versions.length + 1, stated, at, by });
  }
  return versions;
}

/** Every class as it stands, by name. */
export async function listClasses(store: EventStore): Promise<Record<string, unknown>> {
  const { state } = await store.fold(streamName('config', 'main'), config, 'fresh');
  const byName = Object.values(state.classes).toSorted((a, b) => (a.class < b.class ? -1 : 1));
  return { classes: byName.map((stated) => ({ class: stated.class, definition: documentOf(stated) })) };
}

/** One class as it stands, since when and by whom. @throws OAuthError 404 */
export async function showClass(name: string, store: EventStore): Promise<Record<string, unknown>> {
  const last = (await versionsOf(name, store)).at(-1);
  if (!last) throw unknownClass();
  return { class: name, ...authorship(last), definition: documentOf(last.stated) };
}

/** Every version of a class, the oldest first, with what it changed. @throws OAuthError 404 */
export async function listVersions(name: string, store: EventStore): Promise<Record<string, unknown>> {
  const versions = await versionsOf(name, store);
  if (versions.length === 0) throw unknownClass();
  return {
    class: name,
    versions: versions.map((each, index) => ({ ...authorship(each), changes: changesOf(versions[index - 1]?.stated, each.stated) })),
  };
}

/** What a definition would change, judged as if it were made; nothing is recorded. @throws OAuthError where it would be refused */
export async function previewClass(
  command: Extract<ConfigCommand, { type: 'define-class' }>,
  store: EventStore,
): Promise<Record<string, unknown>> {
  const { state } = await store.fold(streamName('config', 'main'), config, 'fresh');
  const decision = config.decide(command, state);
  if (!decision.ok) throw refused(configRefusals, decision.refusal);
  const versions = await versionsOf(command.class, store);
  return { class: command.class, version: versions.length, changes: changesOf(versions.at(-1)?.stated, command) };
}

const authorship = ({ version, at, by }: ClassVersion) => ({ version, defined_at: rfc3339(at), defined_by: by });

function changesOf(before: IatClass | undefined, after: IatClass): readonly Change[] {
  const from: Record<string, unknown> = before ? { ...documentOf(before) } : {};
  const to: Record<string, unknown> = { ...documentOf(after) };
  return [...new Set([...Object.keys(from), ...Object.keys(to)])]
    .filter((member) => meaning(from[member]) !== meaning(to[member]))
    .map((member) => ({ member, ...(member in from && { from: from[member] }), ...(member in to && { to: to[member] }) }));
}

/** The lists of a class are sets: their order says nothing. */
const meaning = (value: unknown): string | undefined => JSON.stringify(Array.isArray(value) ? value.map(String).toSorted() : value);

const unknownClass = (): OAuthError =>
  new OAuthError('invalid_request', { refusal: 'class_unknown', status: 404, description: 'there is no such class' });
