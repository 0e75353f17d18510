/** The ten characters of a ULID that say its time: 48 bits of milliseconds in Crockford's base 32. */
const ulidTime = `
  create function es.ulid_time(moment timestamptz) returns text
  language sql immutable parallel safe
  return (
    select string_agg(
      substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', (((extract(epoch from moment) * 1000)::bigint >> (5 * place)) & 31)::integer + 1, 1), '' order by place desc)
    from generate_series(0, 9) place);
`;

/**
 * Makes the monthly partitions of grant streams: from the month after the newest there is (this month where there is none) through
 * three months from now, without a gap. The first one begins at 'main/grant/', so that an id from before its month still has a place;
 * an id beyond the last one has none, and its append fails.
 */
const ensurePartitions = `
  create function es.ensure_partitions() returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp
  as $$
  declare
    newest text;
    month timestamp;
    through timestamp := date_trunc('month', es.now() at time zone 'UTC') + interval '3 months';
    leaf text;
    lower_bound text;
    made integer := 0;
  begin
    -- Two housekeepers at once would make the same table.
    perform pg_advisory_xact_lock(8, 2);
    select max(c.relname) into newest
      from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'es.event'::regclass and c.relname like 'event\\_grant\\_%';
    month := coalesce(to_date(right(newest, 7), 'YYYY_MM') + interval '1 month', date_trunc('month', es.now() at time zone 'UTC'));
    while month <= through loop
      leaf := 'event_grant_' || to_char(month, 'YYYY_MM');
      lower_bound := case when newest is null then 'main/grant/' else 'main/grant/gr_' || es.ulid_time(month at time zone 'UTC') end;
      -- A table of its own first, attached when complete: appends go on meanwhile.
      execute format('create table es.%I (like es.event including all)', leaf);
      execute format('create trigger event_immutable before update or delete or truncate on es.%I for each statement execute function es.refuse_change()', leaf);
      execute format('alter table es.event attach partition es.%I for values from (%L) to (%L)',
        leaf, lower_bound, 'main/grant/gr_' || es.ulid_time((month + interval '1 month') at time zone 'UTC'));
      newest := leaf;
      month := month + interval '1 month';
      made := made + 1;
    end loop;
    return made;
  end $$;
`;

export const partitions = ulidTime + ensurePartitions;
