/** The attributes of a record on the bus. */
const recordColumns = `
    key text collate "C" not null check (length(key) <= 512),
    id uuid not null,
    source text collate "C" not null check (length(source) <= 512),
    type text collate "C" not null check (length(type) <= 128),
    version integer not null,
    subject text not null check (length(subject) <= 512),
    time bigint not null,
    data bytea not null check (octet_length(data) <= 1048576),
    sequence integer,
    event_position bigint,
    extensions jsonb
`;

/** Rows are read in the order of commits, as events are: (epoch, tx, position) behind the horizon. */
const orderColumns = `
    epoch integer not null,
    tx xid8 not null default pg_current_xact_id(),
    position bigint generated always as identity
`;

/** What goes through no stream. The id is unique, so that publishing again after an unknown outcome doubles nothing. */
export const activity = `
  create schema bus;
  create table bus.activity (${orderColumns}, ${recordColumns}, primary key (id));
  create index activity_order on bus.activity (epoch, tx, position);
`;

/**
 * What a group could not handle ('failed'), and what waits behind that ('held'). Rows stay when they are settled: they are the topic chancery.quarantine, too.
 * That no record waits twice in a group also keeps what a watcher of that topic cannot handle from going round for ever.
 */
export const quarantine = `
  create table bus.quarantine (${orderColumns}, ${recordColumns},
    consumer_group text collate "C" not null,
    topic text collate "C" not null,
    cause text not null,
    state text not null check (state in ('failed', 'held', 'handled', 'dropped')),
    owner name not null default current_user,
    primary key (position)
  );
  create index quarantine_order on bus.quarantine (epoch, tx, position);
  create unique index quarantine_waiting on bus.quarantine (consumer_group, topic, key, id) where state in ('failed', 'held');
  alter table bus.quarantine enable row level security;
  create policy everyone_reads on bus.quarantine for select using (true);
  create policy owner_adds on bus.quarantine for insert with check (owner = current_user);
  create policy owner_settles on bus.quarantine for update using (owner = current_user) with check (owner = current_user);
`;

/** How far a group has handled a topic. */
export const busOffset = `
  create table bus.consumer_offset (
    consumer_group text collate "C" not null,
    topic text collate "C" not null,
    epoch integer not null,
    tx xid8 not null,
    position bigint not null,
    owner name not null default current_user,
    primary key (consumer_group, topic)
  );
  alter table bus.consumer_offset enable row level security;
  create policy everyone_reads on bus.consumer_offset for select using (true);
  create policy owner_begins on bus.consumer_offset for insert with check (owner = current_user);
  create policy owner_moves on bus.consumer_offset for update using (owner = current_user) with check (owner = current_user);
`;
