/**
 * Schema `es`. Text that is a key is `collate "C"`: stream names sort by bytes, so a partition's bound means the same on every machine.
 * `tx` is 64 bits of transaction id: with `epoch` and behind `pg_snapshot_xmin` it gives readers the order of commits (design §4).
 */
export const tables = `
  create table es.meta (
    one boolean primary key default true check (one),
    epoch integer not null default 1
  );
  insert into es.meta default values;

  -- One nextval a call: an event's position is that base plus its place in the call, so gaps are ordinary and a call has fewer than 4 096 events.
  create sequence es.position increment 4096 minvalue 0 start 0;

  -- The highest time ever stamped, in microseconds. A sequence, because sequences are logged and survive crash and promotion.
  create sequence es.clock;

  create table es.event (
    position bigint not null,
    epoch integer not null,
    tx xid8 not null default pg_current_xact_id(),
    revision integer not null check (revision > 0),
    version integer not null check (version > 0),
    fence boolean not null,
    id uuid not null,
    at timestamptz not null,
    stream text collate "C" not null,
    type text collate "C" not null,
    digest bytea not null check (octet_length(digest) = 32),
    data bytea not null,
    primary key (stream, revision)
  ) partition by range (stream);
  create index event_order on es.event (epoch, tx, position);
  create unique index event_fence on es.event (stream, revision) where fence;

  -- What stays for ever lies below and above the grants of the tenant; the grants' months are made by es.ensure_partitions().
  create table es.event_before_grants partition of es.event for values from (minvalue) to ('main/grant/');
  create table es.event_after_grants partition of es.event for values from ('main/grant/~') to (maxvalue);

  -- The revocation set. t in seconds; the largest bigint means for ever.
  create table es.revocation (
    key uuid primary key,
    kind text collate "C" not null,
    id text collate "C" not null,
    t bigint not null,
    position bigint not null,
    tx xid8 not null default pg_current_xact_id(),
    at timestamptz not null
  );
  create index revocation_recent on es.revocation (tx);

  -- Slot 0 holds what lives long; 1 to 32 are a ring of 64 s each, by the end that is signed in the artefact.
  create table es.reservation (
    slot smallint not null,
    key uuid not null,
    taken_by bigint not null,
    primary key (key, slot)
  ) partition by list (slot);
`;
