import { describeEventStore } from '../contract-suite/describe-event-store.js';
import { openMemoryStore } from './open-memory-store.js';

describeEventStore('the memory twin', async () => {
  let moved = 0;
  const store = openMemoryStore({ now: () => (Date.now() + moved * 1000) * 1000 });
  return {
    registration: store,
    token: store,
    pass: async (seconds) => {
      moved += seconds;
    },
    close: async () => {},
  };
});
