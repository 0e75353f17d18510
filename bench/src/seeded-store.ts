import { migrate, openEventStore } from '@chancery/eventstore';
import { streamName } from '@chancery/events';
import { auditMigrations } from '@chancery/audit';
import { generateKey } from '@chancery/oauth/client';
import { newAgentId, platformMigrations } from '@chancery/platform';
import { type FirstOperator, registrationMigrations, seed } from '@chancery/registration';
import { urlAs } from './database.js';
import { type Basis, issuer, registration } from './samples.js';

/** Brings an empty database to this release, with all that the services keep in it. */
const migrateAll = (url: string, lanes?: number): Promise<void> =>
  migrate({
    url,
    migrations: [...platformMigrations, ...registrationMigrations, ...auditMigrations],
    ...(lanes !== undefined && { lanes }),
  });

/** An event store as after a first start, with so many agents. */
export async function seededStore(url: string, agents: number, lanes?: number): Promise<readonly Basis[]> {
  await migrateAll(url, lanes);
  const store = await openEventStore({ url: urlAs(url, 'registration'), role: 'registration' });
  try {
    const { publicJwk, thumbprint } = generateKey();
    const jwk = { ...publicJwk, kid: thumbprint, alg: 'ES256' } as FirstOperator['jwk'];
    await seed(store, issuer, { clientId: 'op_bench', jwk });
    const ids = Array.from({ length: agents }, () => newAgentId());
    await Promise.all(ids.map((agentId) => store.append(registration({ agentId }))));
    const config = await store.read(streamName('config', 'main'));
    return ids.map((agentId) => ({ agentId, revisions: { agent: 1, config: config.length } }));
  } finally {
    await store.close();
  }
}
