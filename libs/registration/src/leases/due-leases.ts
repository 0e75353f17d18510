import { mainTenant } from '@chancery/events';
import { limits } from '@chancery/oauth';
import type { DataSource } from 'typeorm';

/** An agent whose lease somebody should look at, and since when. */
export interface DueLease {
  readonly agentId: string;
  /** Seconds. */
  readonly dueAt: number;
}

/** Where to look: some of those that are due at `at` (seconds), behind `after`. What is to be done, their streams say. */
export type DueLeases = (at: number, after?: DueLease) => Promise<readonly DueLease[]>;

/** From the list of agents, which may be behind. */
export const dueLeasesIn =
  (dataSource: DataSource): DueLeases =>
  async (at, after) => {
    const rows = await dataSource.query<{ agent_id: string; due_at: string }[]>(
      `select agent_id, due_at from registration.agent
       where tenant = $1 and due_at <= $2 and (due_at, agent_id) > ($3, $4) and status not in ('revoked', 'deleted')
       order by due_at, agent_id limit ${limits.leasesAtOnce}`,
      [mainTenant, Math.floor(at), after?.dueAt ?? 0, after?.agentId ?? ''],
    );
    return rows.map((row) => ({ agentId: row.agent_id, dueAt: Number(row.due_at) }));
  };
