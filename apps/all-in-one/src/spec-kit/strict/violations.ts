import type { Behind } from '@chancery/testing';

/**
 * Issuances that follow, in the order of commits, the act that ended what they rest on; or are stamped later than it. Strictness says more
 * than "nothing behind the answer": the locks leave no room even between the act's commit and its answer.
 */
const following = `
  with known as materialized (
    select (epoch, tx, position) as place, at, stream, type, convert_from(data, 'utf8')::jsonb as said from es.event
  ),
  issued as materialized (
    select * from known where type in ('grant.token-issued', 'grant.token-exchanged', 'agent.registered')
  ),
  resting as (
    select issued.*, ended.place as ended_place, ended.at as ended_at from issued
      cross join lateral jsonb_array_elements(issued.said -> 'lineage') hop
      join known ended on ended.type = 'grant.revoked' and ended.said ->> 'grantId' = hop ->> 'grant'
    union all
    select issued.*, ended.place, ended.at from issued
      join known ended on ended.type in ('agent.suspended', 'agent.revoked') and ended.said ->> 'agentId' = issued.said ->> 'agentId'
    union all
    select issued.*, ended.place, ended.at from issued
      join known ended on ended.type = 'iat.revoked' and ended.said ->> 'iatId' = issued.said ->> 'iatId'
    union all
    select issued.*, ended.place, ended.at from issued
      join known ended on ended.type = 'config.class-defined' and ended.said ->> 'class' = issued.said ->> 'class'
        and not ended.said -> 'scope' @> (issued.said -> 'scope') and issued.type <> 'agent.registered'
  )
  select stream, type from resting where place > ended_place or at > ended_at order by stream`;

export const violations = (behind: Behind): Promise<readonly { stream: string; type: string }[]> => behind.query(following);

/** What was ended, by the type of the event that did it, and how many of them were ended more than once. */
export async function endings(behind: Behind): Promise<Record<string, { ended: number; twice: number }>> {
  const rows = await behind.query<{ type: string; ended: number; twice: number }>(
    `select type, count(*)::integer as ended, (count(*) filter (where times > 1))::integer as twice
       from (select stream, type, count(*) as times from es.event
              where type in ('grant.revoked', 'agent.suspended', 'agent.revoked', 'iat.revoked') group by 1, 2) subject
      group by type`,
  );
  return Object.fromEntries(rows.map(({ type, ...counts }) => [type, counts]));
}
