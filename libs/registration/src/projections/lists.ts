import { mainTenant } from '@chancery/events';
import { formatScope } from '@chancery/oauth';
import type { DataSource } from 'typeorm';
import { parsePage, unknownAfter } from '../query.js';

interface AgentRow {
  agent_id: string;
  name: string | null;
  status: string;
  class: string | null;
  iat_id: string | null;
  lease_ends_at: string | null;
  scope: string[];
  registered_at: Date;
}

interface IatRow {
  iat_id: string;
  class: string;
  status: string;
  uses: number;
  used: number;
  expires_at: string;
  note: string | null;
  minted_by: string;
  minted_at: Date;
}

/** Pages of the read models. They may lag by milliseconds and say since when they hold (`as_of`). */
export class Lists {
  constructor(
    private readonly dataSource: DataSource,
    /** Seconds, by the database's clock. */
    private readonly now: () => number,
  ) {}

  async agents(query: unknown): Promise<Record<string, unknown>> {
    const { limit, after } = parsePage(query);
    if (after !== undefined) await this.#isListed('agent', after);
    const rows = await this.dataSource.query<AgentRow[]>(
      `select * from registration.agent a where tenant = $1 and ($2::text is null or
         (registered_at, agent_id) > (select b.registered_at, b.agent_id from registration.agent b where b.tenant = $1 and b.agent_id = $2))
       order by registered_at, agent_id limit $3`,
      [mainTenant, after ?? null, limit],
    );
    return { agents: rows.map((row) => this.#agent(row)), ...this.#asOf() };
  }

  async iats(query: unknown): Promise<Record<string, unknown>> {
    const { limit, after } = parsePage(query);
    if (after !== undefined) await this.#isListed('iat', after);
    const rows = await this.dataSource.query<IatRow[]>(
      `select * from registration.iat where tenant = $1 and ($2::text is null or iat_id > $2) order by iat_id limit $3`,
      [mainTenant, after ?? null, limit],
    );
    const iats = rows.map(({ iat_id: id, expires_at, minted_at, ...row }) => ({
      id,
      ...row,
      expires_at: Number(expires_at),
      minted_at: minted_at.toISOString(),
    }));
    return { iats, ...this.#asOf() };
  }

  /** How often an initial access token was used, as far as the list has come. */
  async usedOf(iatId: string): Promise<number> {
    const rows = await this.dataSource.query<Pick<IatRow, 'used'>[]>(
      'select used from registration.iat where tenant = $1 and iat_id = $2',
      [mainTenant, iatId],
    );
    return rows[0]?.used ?? 0;
  }

  async #isListed(list: 'agent' | 'iat', id: string): Promise<void> {
    const query = `select from registration.${list} where tenant = $1 and ${list}_id = $2`;
    if ((await this.dataSource.query<object[]>(query, [mainTenant, id])).length === 0) throw unknownAfter();
  }

  #agent({ agent_id, lease_ends_at, scope, registered_at, ...row }: AgentRow): Record<string, unknown> {
    const leaseEndsAt = lease_ends_at === null ? undefined : Number(lease_ends_at);
    const expired = row.status === 'active' && leaseEndsAt !== undefined && leaseEndsAt <= this.now();
    return {
      client_id: agent_id,
      name: row.name ?? undefined,
      status: expired ? 'expired' : row.status,
      class: row.class ?? undefined,
      iat_id: row.iat_id ?? undefined,
      lease_expires_at: leaseEndsAt,
      scope: formatScope(scope),
      registered_at: registered_at.toISOString(),
    };
  }

  #asOf = () => ({ as_of: new Date(this.now() * 1000).toISOString() });
}
