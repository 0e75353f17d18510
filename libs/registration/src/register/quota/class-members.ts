import { mainTenant, streamName } from '@chancery/events';
import type { DataSource } from 'typeorm';

/** What the projection of classes' agents tells the quota: whom to look at, and what was before a class began to count. */
export interface ClassMembers {
  /** Agents that seem to have ended and still count; whether they have, their streams say. `at` in seconds. */
  leaving(iatClass: string, at: number): Promise<readonly string[]>;
  /**
   * How many registered uncounted, once all that was recorded before a revision of *config* is in: what is closed is closed. Undefined
   * until then.
   */
  uncounted(iatClass: string, revision: number): Promise<number | undefined>;
}

/** The projection's name: its checkpoint says how far it tells. */
export const classMembersName = 'registration/class-members.v1';

/** As many as one registration makes room with. */
const atOnce = 16;

export const classMembersIn = (dataSource: DataSource): ClassMembers => ({
  async leaving(iatClass, at) {
    const rows = await dataSource.query<{ agent_id: string }[]>(
      `select agent_id from registration.class_member
       where tenant = $1 and class = $2 and not departed and (ended or ends_at <= $3) order by ends_at limit ${atOnce}`,
      [mainTenant, iatClass, Math.floor(at)],
    );
    return rows.map(({ agent_id: agentId }) => agentId);
  },

  async uncounted(iatClass, revision) {
    const [row] = await dataSource.query<{ told: boolean; uncounted: number }[]>(
      `select (c.epoch, c.tx, c.position) >= (e.epoch, e.tx, e.position) as told,
         (select count(*)::integer from registration.class_member where tenant = $1 and class = $2 and admission is null) as uncounted
       from es.checkpoint c, es.event e where c.name = $3 and e.stream = $4 and e.revision = $5`,
      [mainTenant, iatClass, classMembersName, streamName('config', 'main'), revision],
    );
    return row?.told ? row.uncounted : undefined;
  },
});
