/** Where each projection stands. Whose role made the row moves it, and nobody else: a stolen password must not send another service's reader away. */
export const checkpoint = `
  create table es.checkpoint (
    name text collate "C" primary key,
    epoch integer not null,
    tx xid8 not null,
    position bigint not null,
    owner name not null default current_user
  );
  alter table es.checkpoint enable row level security;
  create policy everyone_reads on es.checkpoint for select using (true);
  create policy owner_begins on es.checkpoint for insert with check (owner = current_user);
  create policy owner_moves on es.checkpoint for update using (owner = current_user) with check (owner = current_user);
`;

/** How often the lead of a name changed hands; the lock itself lies in the leader's session. */
export const leader = `
  create table es.leader (
    name text collate "C" primary key,
    generation bigint not null,
    owner name not null default current_user
  );
  alter table es.leader enable row level security;
  create policy everyone_reads on es.leader for select using (true);
  create policy owner_begins on es.leader for insert with check (owner = current_user);
  create policy owner_counts on es.leader for update using (owner = current_user) with check (owner = current_user);
`;
