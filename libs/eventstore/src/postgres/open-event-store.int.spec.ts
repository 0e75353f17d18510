import { freshDatabase } from '@chancery/testing';
import { storeDatabase } from '../contract-suite/database.js';
import { describeEventStore } from '../contract-suite/describe-event-store.js';
import { openEventStore } from './open-event-store.js';

describeEventStore('the event store on PostgreSQL', async () => {
  const database = await storeDatabase(await freshDatabase());
  const registration = await openEventStore({ url: database.as('registration'), role: 'registration' });
  const token = await openEventStore({ url: database.as('token'), role: 'token' });
  let moved = 0;
  return {
    registration,
    token,
    async pass(seconds) {
      moved += seconds;
      await database.moveClock(moved);
    },
    async close() {
      await Promise.all([registration.close(), token.close()]);
      await database.close();
    },
  };
});
