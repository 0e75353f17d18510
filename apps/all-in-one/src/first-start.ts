import type { EventStore } from '@chancery/eventstore';
import { seed, seeded } from '@chancery/registration';
import { draftOperator, oneAtATime, operatorFile, takeUpDraft } from './operator-credential.js';

/** Makes the first operator and what it needs, once. */
export async function firstStart(store: EventStore, issuer: string, dataDir: string): Promise<void> {
  const path = operatorFile(dataDir);
  await oneAtATime(dataDir, async () => {
    if (!(await seeded(store, issuer))) await seed(store, issuer, draftOperator(issuer, path));
    await takeUpDraft(path, store);
  });
}
