import { type Append, openEventStore, type WritingRole } from '@chancery/eventstore';
import { urlAs } from './database.js';

/** Appends so many at a good pace, and stops at the first that is not recorded. `make` is called once for each. */
export async function appendMany(
  url: string,
  role: WritingRole,
  { count, make }: { count: number; make: (nth: number) => Append },
): Promise<void> {
  const store = await openEventStore({ url: urlAs(url, role), role });
  let next = 0;
  const caller = async () => {
    for (let nth = next++; nth < count; nth = next++) {
      const { outcome } = await store.append(make(nth));
      if (outcome !== 'recorded') throw new Error(`an append was ${outcome}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: 512 }, caller));
  } finally {
    await store.close();
  }
}
