import { parseStream, topicOf } from '@chancery/events';
import type { BusRecord } from '../bus.js';
import type { StoredEvent } from '../reader/stored-event.js';

/** A recorded event as it goes over the bus: its exact bytes, on the topic of its stream. Throws a RangeError for a stream that none of ours is named like. */
export function recordOfEvent({ stream, id, type, version, at, data, revision, position }: StoredEvent): BusRecord {
  const { category, id: subject } = parseStream(stream);
  return {
    topic: topicOf[category],
    key: stream,
    id,
    source: stream,
    type,
    version,
    subject,
    time: at,
    data,
    sequence: revision,
    position,
  };
}
