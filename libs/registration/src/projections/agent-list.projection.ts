import type { Projection, RecordedEvent } from '@chancery/eventstore';
import { parseStream } from '@chancery/events';
import { limits } from '@chancery/oauth';
import type { EntityManager } from 'typeorm';

const statusAfter = {
  'agent.approved': 'active',
  'agent.suspended': 'suspended',
  'agent.resumed': 'active',
  'agent.revoked': 'revoked',
  'agent.deleted': 'deleted',
} as const;

/** Of a `status`: nothing comes after it. */
const isFinal = `status in ('revoked', 'deleted')`;

/**
 * When somebody should look at a lease that was given at `at` (microseconds): ahead of its end, to warn of it. One that was given for less time than
 * that would be warned of as soon as it is there, which tells nobody anything.
 */
function firstDue(leaseEndsAt: number | undefined, at: number): number | undefined {
  if (leaseEndsAt === undefined) return undefined;
  const warned = leaseEndsAt - limits.leaseWarningSeconds;
  return warned * 1_000_000 > at ? warned : leaseEndsAt;
}

/** Every agent as it stands, for `agent list`, and when to look at its lease next. An agent whose IAT was revoked is shown as what it is: ended. */
export const agentList: Projection = {
  name: 'registration/agent-list.v2',
  tables: ['registration.agent'],
  categories: ['agent', 'iat'],
  async apply(events, manager) {
    for (const recorded of events) await applyOne(recorded, manager);
  },
};

async function applyOne({ stream, event, at }: RecordedEvent, manager: EntityManager): Promise<void> {
  const { tenant } = parseStream(stream);
  switch (event.type) {
    case 'agent.registered':
      // Beside this one a release may run that makes the same list and knows nothing of what comes due.
      await manager.query(
        `insert into registration.agent (tenant, agent_id, name, profile, status, class, iat_id, lease_ends_at, scope, registered_at, grace_ends_at, due_at)
         values ($1, $2, $3, $4, $10, $5, $6, $7, $8, to_timestamp($9 / 1000000.0), $11, $12)
         on conflict (tenant, agent_id) do update set grace_ends_at = excluded.grace_ends_at, due_at = excluded.due_at`,
        [
          tenant,
          event.agentId,
          event.name,
          event.profile,
          event.class,
          event.iatId,
          event.leaseEndsAt,
          event.scope,
          at,
          event.awaitsApproval ? 'pending' : 'active',
          event.graceEndsAt,
          firstDue(event.leaseEndsAt, at),
        ],
      );
      return;
    case 'agent.approved':
    case 'agent.suspended':
    case 'agent.resumed':
    case 'agent.revoked':
    case 'agent.deleted':
      await manager.query(`update registration.agent set status = $3 where tenant = $1 and agent_id = $2 and not ${isFinal}`, [
        tenant,
        event.agentId,
        statusAfter[event.type],
      ]);
      return;
    case 'agent.registration-replaced':
      await manager.query(
        `update registration.agent set name = $3, profile = $4, scope = $5, status = coalesce($6, status) where tenant = $1 and agent_id = $2`,
        [tenant, event.agentId, event.name, event.profile, event.scope, event.awaitsApproval ? 'pending' : null],
      );
      return;
    case 'agent.renewed':
      await manager.query(
        'update registration.agent set lease_ends_at = $3, grace_ends_at = $4, due_at = $5 where tenant = $1 and agent_id = $2',
        [tenant, event.agentId, event.leaseEndsAt, event.graceEndsAt, firstDue(event.leaseEndsAt, at)],
      );
      return;
    case 'agent.expiry-warned':
      await manager.query('update registration.agent set due_at = lease_ends_at where tenant = $1 and agent_id = $2', [
        tenant,
        event.agentId,
      ]);
      return;
    case 'agent.expired':
      await manager.query(
        'update registration.agent set due_at = coalesce(grace_ends_at, lease_ends_at) where tenant = $1 and agent_id = $2',
        [tenant, event.agentId],
      );
      return;
    case 'iat.revoked':
      await manager.query(`update registration.agent set status = 'revoked' where tenant = $1 and iat_id = $2 and not ${isFinal}`, [
        tenant,
        event.iatId,
      ]);
      return;
    default:
  }
}
