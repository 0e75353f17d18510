import type { Behind } from '@chancery/testing';

export interface ActivityCount {
  readonly type: string;
  readonly reason: string | null;
  readonly error: string | null;
  readonly status: number | null;
  readonly count: number;
}

/** What the activity topic has about one agent, counted by what it says. */
export const activityOf = (behind: Behind, agent: string): Promise<readonly ActivityCount[]> =>
  behind.query<ActivityCount>(
    `select type, said ->> 'reason' as reason, said ->> 'error' as error, (said ->> 'status')::integer as status, count(*)::integer as count
       from (select type, key, convert_from(data, 'utf8')::jsonb as said from bus.activity) record
      where key = $1 and said ->> 'agent' = $1 group by 1, 2, 3, 4 order by 1, 2, 3, 4`,
    [agent],
  );

/** Refusals of who showed an initial access token of ours, and of how many such tokens. */
export const refusedBehindIats = (behind: Behind): Promise<readonly { endpoint: string; reason: string; count: number; iats: number }[]> =>
  behind.query(
    `select said ->> 'endpoint' as endpoint, said ->> 'reason' as reason, count(*)::integer as count, count(distinct said ->> 'iat')::integer as iats
       from (select convert_from(data, 'utf8')::jsonb as said from bus.activity where type = 'activity.refused') record where said ? 'iat' group by 1, 2`,
  );

/** Why gateways denied anything at all. */
export async function denialReasons(behind: Behind): Promise<readonly string[]> {
  const rows = await behind.query<{ reason: string }>(
    `select distinct convert_from(data, 'utf8')::jsonb ->> 'reason' as reason from bus.activity where type = 'activity.denied'`,
  );
  return rows.map(({ reason }) => reason);
}
