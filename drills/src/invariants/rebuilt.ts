import { hashOf, rebuild } from '@chancery/eventstore';
import { agentList, iatList } from '@chancery/registration';
import { caughtUp, waitFor } from '@chancery/testing';
import { DataSource } from 'typeorm';
import type { World } from '../drill.js';
import type { Site } from '../stack/site.js';

/** REL-F7: every projection is what a rebuild makes. Stops the services: who writes meanwhile would decide the comparison. */
export async function listsAreAsRebuilt(world: World, { behind, database, stack }: Site): Promise<void> {
  const projections = [agentList, iatList];
  for (const { name } of projections) await waitFor(() => caughtUp(behind, name), { timeout: 60_000 });
  await stack.stop();
  const dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  try {
    for (const projection of projections) {
      const live = await hashOf(dataSource, projection.tables);
      await rebuild(projection, dataSource);
      const rebuilt = await hashOf(dataSource, projection.tables);
      world.hold('live hash = rebuilt hash', live === rebuilt ? [] : [`${projection.name}: ${live} live, ${rebuilt} rebuilt`]);
    }
  } finally {
    await dataSource.destroy();
  }
}
