import { reservationAhead, reservationPast } from './ring.js';

/** Who may write what: event types, and the kinds of subject it may put into the revocation set. */
export interface Permission {
  readonly types: readonly string[];
  readonly revokes: readonly string[];
}

/** The function's arguments in order, each a flat array; `*_append` is the append's number in the call, from 1. */
export const appendArguments = [
  ['checked_through', 'xid8'],
  ['event_append', 'integer[]'],
  ['event_place', 'integer[]'],
  ['event_stream', 'text[]'],
  ['event_revision', 'integer[]'],
  ['event_id', 'uuid[]'],
  ['event_type', 'text[]'],
  ['event_version', 'integer[]'],
  ['event_fence', 'boolean[]'],
  ['event_data', 'bytea[]'],
  ['event_digest', 'bytea[]'],
  ['expected_append', 'integer[]'],
  ['expected_stream', 'text[]'],
  ['expected_revision', 'integer[]'],
  ['reserve_append', 'integer[]'],
  ['reserve_key', 'uuid[]'],
  ['reserve_end', 'bigint[]'],
  ['unchanged_append', 'integer[]'],
  ['unchanged_stream', 'text[]'],
  ['unchanged_revision', 'integer[]'],
  ['unrevoked_append', 'integer[]'],
  ['unrevoked_key', 'uuid[]'],
  ['unrevoked_since', 'bigint[]'],
  ['revoke_append', 'integer[]'],
  ['revoke_place', 'integer[]'],
  ['revoke_key', 'uuid[]'],
  ['revoke_kind', 'text[]'],
  ['revoke_id', 'text[]'],
  ['revoke_for_ever', 'boolean[]'],
] as const;

/**
 * The lock of design §4, "Strict": shared for what is guarded, exclusive for what this call ends. Stripes are computed here, so that two
 * versions of a service cannot disagree on them, and taken in order, each once in its strongest mode, so that calls cannot deadlock.
 * A statement of its own: the next one looks in a fresh snapshot, and so sees what was committed by those it waited for.
 */
export const lockStripes = `
    perform case when stripe.exclusive then pg_advisory_xact_lock(7, stripe.n) else pg_advisory_xact_lock_shared(7, stripe.n) end
      from (
        select wish.n, bool_or(wish.exclusive) as exclusive
          from (
            select hashtext(s) & 1023 as n, false as exclusive from unnest(unchanged_stream) s
            union all select uuid_hash(k) & 1023, false from unnest(unrevoked_key) k
            union all select hashtext(e.s) & 1023, true from unnest(event_stream, event_fence) e(s, fence) where e.fence
            union all select uuid_hash(k) & 1023, true from unnest(revoke_key) k
          ) wish
          group by wish.n order by wish.n offset 0
      ) stripe;
`;

/**
 * Time, behind the locks: who waited for an issuance is stamped later than it. Behind the mark by less than 0.9 s it is held there, which the
 * roundings of `iat` (down) and T (up) absorb; by more, nothing is recorded.
 */
export const stampTime = `
    at_us := (extract(epoch from es.now()) * 1000000)::bigint;
    select last_value into mark from es.clock;
    if at_us < mark - 900000 then
      raise exception 'the clock went back' using errcode = '55000';
    end if;
    if at_us < mark then
      at_us := mark;
    else
      perform setval('es.clock', greatest(at_us, last_value)) from es.clock;
    end if;
    stamp := timestamptz 'epoch' + at_us * interval '1 microsecond';
    now_seconds := at_us / 1000000;
`;

/** What each append rests on. Scalar subqueries with LIMIT 1: no plan can turn them into a scan of everything. */
export const look = `
      select coalesce(array_agg(found.append), '{}'), coalesce(array_agg(found.reason), '{}') into lost, why from (
        select g.append, 'stale' as reason
          from unnest(unchanged_append, unchanged_stream, unchanged_revision) g(append, stream, revision)
          where (select e.revision from es.event e where e.fence and e.stream = g.stream order by e.revision desc limit 1) > g.revision
        union all
        select k.append, 'revoked'
          from unnest(unrevoked_append, unrevoked_key, unrevoked_since) k(append, key, since)
          where checked_through is null
            and (select r.t from es.revocation r where r.key = k.key) >= case when k.since = 0 then now_seconds else k.since end
        union all
        -- The caller's set was complete through that transaction: only what came since can be new to it.
        select k.append, 'revoked'
          from (select r.key, r.t from es.revocation r where r.tx >= checked_through offset 0) r
          join unnest(unrevoked_append, unrevoked_key, unrevoked_since) k(append, key, since) on k.key = r.key
          where r.t >= case when k.since = 0 then now_seconds else k.since end
        union all
        select x.append, 'stale'
          from unnest(expected_append, expected_stream, expected_revision) x(append, stream, revision)
          where x.revision <> coalesce((select e.revision from es.event e where e.stream = x.stream order by e.revision desc limit 1), 0)
        union all
        select r.append, 'expired'
          from unnest(reserve_append, reserve_end) r(append, ends)
          where r.ends <> 0 and (r.ends < now_seconds - ${reservationPast} or r.ends > now_seconds + ${reservationAhead})
      ) found;
`;

/** An append behind one of its call that ends what it rests on is stale, whether or not that one succeeds: the next reading settles it. */
export const lookWithinCall = `
      if cardinality(revoke_key) > 0 or true = any(event_fence) then
        select lost || coalesce(array_agg(found.append), '{}'), why || coalesce(array_agg('stale'::text), '{}') into lost, why from (
          select g.append from unnest(unchanged_append, unchanged_stream) g(append, stream)
            join unnest(event_append, event_stream, event_fence) e(append, stream, fence) on e.stream = g.stream and e.fence and e.append < g.append
          union
          select k.append from unnest(unrevoked_append, unrevoked_key) k(append, key)
            join unnest(revoke_append, revoke_key) r(append, key) on r.key = k.key and r.append < k.append
        ) found;
      end if;
`;

/** Somebody was faster on a stream, or two of this call want the same revision: the losers alone are stale. */
const findLosersOfRace = `
      if raced then
        select lost || coalesce(array_agg(distinct e.append), '{}'), why || coalesce(array_agg('stale'::text), '{}') into lost, why
          from (
            select e.*, row_number() over (partition by e.stream, e.revision order by e.append) as nth
              from unnest(event_append, event_stream, event_revision) e(append, stream, revision)
          ) e
          where e.nth > 1 or exists (select from es.event o where o.stream = e.stream and o.revision = e.revision);
      end if;
`;

/** In key order, so that calls cannot deadlock; of two in one call, the earlier append wins. */
const takeReservations = `
        insert into es.reservation (slot, key, taken_by)
          select es.slot(r.ends), r.key, base + r.append
            from unnest(reserve_append, reserve_key, reserve_end) r(append, key, ends)
            where not r.append = any(lost) order by r.key, r.append
          on conflict do nothing;
        get diagnostics taken = row_count;
`;

/** Who misses one gives back the others: it never happened. */
export const giveBack = `
          delete from es.reservation held using unnest(reserve_append, reserve_key, reserve_end) r(append, key, ends)
            where r.append = any(losers) and held.key = r.key and held.slot = es.slot(r.ends) and held.taken_by = base + r.append;
`;

/**
 * Told "reserved" is final, so it is said only of a key that somebody keeps. What another loser of this call holds is about to be given back:
 * who missed nothing else is stale, and finds it free.
 */
const tellLosers = `
          select lost || losers, why || array_agg(case when loser.final then 'reserved' else 'stale' end order by loser.nth) into lost, why
            from (
              select l.nth, exists (
                select from unnest(reserve_append, reserve_key, reserve_end) with ordinality r(append, key, ends, place)
                  join es.reservation held on held.key = r.key and held.slot = es.slot(r.ends)
                  where r.append = l.append and r.place = any(missed) and not held.taken_by - base = any(losers)
              ) as final
              from unnest(losers) with ordinality l(append, nth)
            ) loser;
`;

const reserve = `
      if cardinality(reserve_key) > 0 then
        ${takeReservations}
        if taken < cardinality(reserve_key) then
          select coalesce(array_agg(distinct r.append), '{}'), coalesce(array_agg(r.place), '{}') into losers, missed
            from unnest(reserve_append, reserve_key, reserve_end) with ordinality r(append, key, ends, place)
            where not r.append = any(lost)
              and not exists (select from es.reservation held where held.key = r.key and held.slot = es.slot(r.ends) and held.taken_by = base + r.append);
          ${tellLosers}
          ${giveBack}
        end if;
      end if;
`;

/** In stream order, so that calls cannot deadlock; positions keep the order of the call. */
const writeEvents = `
      insert into es.event (position, epoch, revision, version, fence, id, at, stream, type, digest, data)
        select base + e.place, current_epoch, e.revision, e.version, e.fence, e.id, stamp, e.stream, e.type, e.digest, e.data
          from unnest(event_append, event_place, event_stream, event_revision, event_id, event_type, event_version, event_fence, event_data, event_digest)
            e(append, place, stream, revision, id, type, version, fence, data, digest)
          where not e.append = any(lost) order by e.stream, e.revision;
`;

/** T is rounded up to the second and never falls. */
export const writeRevocations = `
      if cardinality(revoke_key) > 0 then
        insert into es.revocation as entry (key, kind, id, t, position, at)
          select r.key, max(r.kind), max(r.id), max(case when r.for_ever then 9223372036854775807 else now_seconds + 1 end), max(base + r.place), stamp
            from unnest(revoke_append, revoke_place, revoke_key, revoke_kind, revoke_id, revoke_for_ever) r(append, place, key, kind, id, for_ever)
            where not r.append = any(lost) group by r.key order by r.key
          on conflict (key) do update
            set t = greatest(entry.t, excluded.t), position = excluded.position, tx = pg_current_xact_id(), at = excluded.at;
      end if;
`;

const literals = (values: readonly string[]) => `array[${values.map((value) => `'${value}'`).join(', ')}]::text[]`;

/** A batch may come back to a session that never looked at its isolation: the check is worth something only inside the call. */
export const refuseForeignTransaction = `
    if current_setting('transaction_isolation') <> 'read committed' or pg_current_xact_id_if_assigned() is not null then
      raise exception 'an append is read committed, and the first write of its transaction' using errcode = '25001';
    end if;
`;

/**
 * One call, n appends, each atomic by itself (design §4). The answer: the time, the base of its positions, who lost and why, and which reservations
 * (their places in the arguments, from 1) somebody else holds.
 * Planner settings are the function's own: tables are empty when a lane prepares, and a plan made then must still be right years later.
 */
export const appendFunction = (name: string, { types, revokes }: Permission) => `
  create or replace function ${name}(${appendArguments.map(([argument, type]) => `${argument} ${type}`).join(', ')},
    out at_us bigint, out base bigint, out lost integer[], out why text[], out missed integer[])
  language plpgsql volatile security definer
  set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off
  as $append$
  declare
    mark bigint;
    stamp timestamptz;
    now_seconds bigint;
    current_epoch integer;
    taken integer;
    losers integer[];
    raced boolean := false;
  begin
    ${refuseForeignTransaction}
    if not event_type <@ ${literals(types)} or not revoke_kind <@ ${literals(revokes)}
      or exists (select from unnest(event_stream, event_type) e(stream, type) where split_part(e.stream, '/', 2) <> split_part(e.type, '.', 1)) then
      raise exception 'not this role''s to write' using errcode = '42501';
    end if;
    if cardinality(event_append) > 4095 then
      raise exception 'a call has at most 4095 events' using errcode = '54000';
    end if;
    ${lockStripes}
    ${stampTime}
    select epoch into current_epoch from es.meta;
    base := nextval('es.position');
    for attempt in 1..4 loop
      begin
        missed := '{}';
        ${look}
        ${lookWithinCall}
        ${findLosersOfRace}
        ${reserve}
        ${writeEvents}
        ${writeRevocations}
        return;
      exception when unique_violation then
        -- Undoes this attempt's writes and keeps the locks.
        raced := true;
      end;
    end loop;
    raise exception 'too many races for one stream' using errcode = '40001';
  end $append$;
`;
