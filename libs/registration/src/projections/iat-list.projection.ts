import type { Projection, RecordedEvent } from '@chancery/eventstore';
import { parseStream } from '@chancery/events';
import type { EntityManager } from 'typeorm';

/** Every initial access token with how often it was used, for `iat list`; the tokens themselves are nowhere. */
export const iatList: Projection = {
  name: 'registration/iat-list.v1',
  tables: ['registration.iat'],
  categories: ['agent', 'iat'],
  async apply(events, manager) {
    for (const recorded of events) await applyOne(recorded, manager);
  },
};

async function applyOne({ stream, event, at }: RecordedEvent, manager: EntityManager): Promise<void> {
  const { tenant } = parseStream(stream);
  switch (event.type) {
    case 'iat.minted':
      await manager.query(
        `insert into registration.iat (tenant, iat_id, class, status, uses, used, expires_at, note, minted_by, minted_at)
         values ($1, $2, $3, 'open', $4, 0, $5, $6, $7, to_timestamp($8 / 1000000.0)) on conflict do nothing`,
        [tenant, event.iatId, event.class, event.uses, event.expiresAt, event.note, event.by, at],
      );
      return;
    case 'agent.registered':
      if (event.iatId === undefined) return;
      await manager.query('update registration.iat set used = used + 1 where tenant = $1 and iat_id = $2', [tenant, event.iatId]);
      return;
    case 'iat.closed':
    case 'iat.revoked':
      await manager.query(`update registration.iat set status = $3 where tenant = $1 and iat_id = $2 and status <> 'revoked'`, [
        tenant,
        event.iatId,
        event.type === 'iat.closed' ? 'closed' : 'revoked',
      ]);
      return;
    default:
  }
}
