import { mainTenant } from '@chancery/events';
import { formatScope, OAuthError } from '@chancery/oauth';
import type { DataSource } from 'typeorm';

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

  async agents(query: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
    const { limit, after } = parsePage(query);
    const rows = await this.dataSource.query<AgentRow[]>(
      `select * from registration.agent a where tenant = $1 and ($2::text is null or
         (registered_at, agent_id) > (select b.registered_at, b.agent_id from registration.agent b where b.tenant = $1 and b.agent_id = $2))
       order by registered_at, agent_id limit $3`,
      [mainTenant, after ?? null, limit],
    );
    return { agents: rows.map((row) => this.#agent(row)), ...this.#asOf() };
  }

  async iats(query: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
    const { limit, after } = parsePage(query);
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

/** `limit` 1 to 1000 (100 unless told) and `after`, the last id of the page before. @throws OAuthError `invalid_request` */
function parsePage({ limit = '100', after }: Readonly<Record<string, unknown>>): { limit: number; after: string | undefined } {
  const whole = typeof limit === 'string' && /^[1-9][0-9]{0,3}$/.test(limit) && Number(limit) <= 1000;
  const named = after === undefined || (typeof after === 'string' && /^[A-Za-z0-9_-]{1,128}$/.test(after));
  if (!whole || !named)
    throw new OAuthError('invalid_request', { refusal: 'page_malformed', description: 'limit or after is unacceptable' });
  return { limit: Number(limit), after: typeof after === 'string' ? after : undefined };
}
