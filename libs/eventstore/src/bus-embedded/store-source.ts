import { categories, type Topic, topicOf } from '@chancery/events';
import { recordOfEvent } from '../relay/record-of-event.js';
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
      return { records: events.map(sourced), cursor, full };
    },
    newest: () => newestCursor(queryable),
  };
}

function sourced(event: StoredEvent): SourcedRecord {
  const record = recordOfEvent(event);
  return intact(event) ? { record, ...whyUnreadable(record) } : { record, unreadable: 'its bytes are not those that were written' };
}
