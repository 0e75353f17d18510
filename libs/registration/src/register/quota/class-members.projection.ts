import { registrationEnd } from '@chancery/domain';
import type { Projection, RecordedEvent } from '@chancery/eventstore';
import { parseStream } from '@chancery/events';
import type { EntityManager } from 'typeorm';
import { classMembersName } from './class-members.js';

/** Who is under which class, for the quota of live agents: where to look for those who have ended. */
export const classMemberList: Projection = {
  name: classMembersName,
  tables: ['registration.class_member'],
  // *config* is here for the checkpoint: who asks how many there were before a definition waits until it has come by.
  categories: ['agent', 'iat', 'config'],
  async apply(events, manager) {
    for (const recorded of events) await applyOne(recorded, manager);
  },
};

async function applyOne({ stream, event }: RecordedEvent, manager: EntityManager): Promise<void> {
  const { tenant } = parseStream(stream);
  switch (event.type) {
    case 'agent.registered':
      if (event.class === undefined) return;
      await manager.query(
        `insert into registration.class_member (tenant, agent_id, class, iat_id, admission, ends_at, ended, departed)
         values ($1, $2, $3, $4, $5, $6, false, false) on conflict do nothing`,
        [tenant, event.agentId, event.class, event.iatId, event.admission, registrationEnd(event)],
      );
      return;
    case 'agent.revoked':
    case 'agent.deleted':
      await manager.query('update registration.class_member set ended = true where tenant = $1 and agent_id = $2', [tenant, event.agentId]);
      return;
    case 'agent.renewed':
      await manager.query('update registration.class_member set ends_at = $3 where tenant = $1 and agent_id = $2', [
        tenant,
        event.agentId,
        registrationEnd(event),
      ]);
      return;
    case 'agent.departed':
      await manager.query('update registration.class_member set departed = true where tenant = $1 and agent_id = $2', [
        tenant,
        event.agentId,
      ]);
      return;
    case 'iat.revoked':
      await manager.query('update registration.class_member set ended = true where tenant = $1 and iat_id = $2', [tenant, event.iatId]);
      return;
    default:
  }
}
