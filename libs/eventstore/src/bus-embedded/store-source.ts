import { categories, parseStream, type Topic, topicOf } from '@chancery/events';
import type { BusRecord } from '../bus.js';
import type { Queryable } from '../reader/queryable.js';
import { newestCursor, readOrdered } from '../reader/read-ordered.js';
import { intact, type StoredEvent } from '../reader/stored-event.js';
import type { Source, SourcedRecord } from './source.js';
import { whyUnreadable } from './unreadable.js';

/** Registry and issuance are the store itself, in its order: there is no second truth. */
export function storeSource(queryable: Queryable, topic: Topic): Source {
  const wanted = categories.filter((category) => topicOf[category] === topic);
  return {
    async page(after, limit) {
      const { events, cursor, full } = await readOrdered(queryable, after, { limit, categories: wanted });
      return { records: events.map((event) => sourced(topic, event)), cursor, full };
    },
    newest: () => newestCursor(queryable),
  };
}

function sourced(topic: Topic, event: StoredEvent): SourcedRecord {
  const record = recordOfEvent(topic, event);
  return intact(event) ? { record, ...whyUnreadable(record) } : { record, unreadable: 'its bytes are not those that were written' };
}

/** A recorded event as it goes over the bus. */
const recordOfEvent = (topic: Topic, { stream, id, type, version, at, data, revision, position }: StoredEvent): BusRecord => ({
  topic,
  key: stream,
  id,
  source: stream,
  type,
  version,
  subject: parseStream(stream).id,
  time: at,
  data,
  sequence: revision,
  position,
});
