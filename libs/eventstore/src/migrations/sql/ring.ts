/** Seconds one bucket of the ring spans, and how many there are: 2 048 s around. */
const bucketSeconds = 64;
const buckets = 32;

/** An artefact is refused as expired when its end is longer ago than this: one minute covers every skew that is granted at the edge. */
export const reservationPast = 60;

/** … or further ahead than this. Well below the ring's length less the two minutes a bucket rests, so that housekeeping has over ten minutes to come by. */
export const reservationAhead = 1200;

/** Seconds a bucket rests after its last end, before it is truncated: longer than the refusal of `reservationPast` and a statement's time-out together. */
const rest = 120;

/** Where a reservation lives. From the artefact's end alone, never from configuration or the clock: another slot would be another winner. */
export const slot = `
  create function es.slot(reservation_end bigint) returns smallint
  language sql immutable parallel safe
  return (case when reservation_end = 0 then 0 else 1 + mod(reservation_end / ${bucketSeconds}, ${buckets}) end)::smallint;
`;

export const ringPartitions = `
  do $$ begin
    for n in 0..${buckets} loop
      -- The ring's tables are truncated whole and leave no dead rows, so a vacuum would find nothing.
      execute format('create table es.reservation_%s partition of es.reservation for values in (%s) with (autovacuum_enabled = %s)', n, n, n = 0);
    end loop;
  end $$;
`;

/**
 * Housekeeping, every minute or so: empties each bucket in which no reservation can lie that an append could still meet.
 * It truncates and never detaches: detaching waits behind every reader of the table, and every append waits behind it.
 */
export const truncateRing = `
  create function es.truncate_ring() returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp set lock_timeout = '200ms'
  as $$
  declare
    now_seconds bigint := extract(epoch from es.now())::bigint;
    live smallint[];
    leaf text;
    filled boolean;
    emptied integer := 0;
  begin
    -- Ends that an append may still take or refuse as reserved; a minute more ahead than it accepts, for calls on their way.
    select array_agg(distinct es.slot(b * ${bucketSeconds})) into live
      from generate_series((now_seconds - ${rest}) / ${bucketSeconds}, (now_seconds + ${reservationAhead} + 60) / ${bucketSeconds}) b;
    for n in 1..${buckets} loop
      continue when n = any(live);
      leaf := format('es.reservation_%s', n);
      execute format('select exists (select from %s)', leaf) into filled;
      continue when not filled;
      begin
        execute format('truncate %s', leaf);
        emptied := emptied + 1;
      exception when lock_not_available then
        -- Somebody reads it. Appends must not queue up behind the wait; the next round comes by in time.
        null;
      end;
    end loop;
    return emptied;
  end $$;
`;
