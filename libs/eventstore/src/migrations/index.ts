import { EventStore } from './0001-event-store.js';
import { ReadersAndBus } from './0002-readers-and-bus.js';

/** The store's own migrations, oldest first. */
export const storeMigrations = [EventStore, ReadersAndBus];
