/** A connection of the database's owner, as a spec opens it. */
export interface Owner {
  query<Row extends object>(text: string, values?: unknown[]): Promise<{ rows: Row[] }>;
}

export interface RecordedEvent {
  readonly stream: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The newest position: where `eventsSince` goes on from. */
export async function newestPosition(owner: Owner): Promise<string> {
  const { rows } = await owner.query<{ position: string }>('select coalesce(max(position), -1) as position from es.event');
  return rows[0]?.position ?? '-1';
}

/** Every event behind a position, whoever wrote it. Complete when what was asked before has been answered. */
export async function eventsSince(owner: Owner, position: string): Promise<readonly RecordedEvent[]> {
  const { rows } = await owner.query<RecordedEvent>(
    `select stream, type, convert_from(data, 'utf8')::jsonb as data from es.event where position > $1 order by epoch, tx, position`,
    [position],
  );
  return rows;
}

export interface ActivityCount {
  readonly type: string;
  readonly reason: string | null;
  readonly error: string | null;
  readonly status: number | null;
  readonly count: number;
}

/** What the activity topic has about one agent, counted by what it says. */
export async function activityOf(owner: Owner, agent: string): Promise<readonly ActivityCount[]> {
  const { rows } = await owner.query<ActivityCount>(
    `select type, said ->> 'reason' as reason, said ->> 'error' as error, (said ->> 'status')::integer as status, count(*)::integer as count
       from (select type, key, convert_from(data, 'utf8')::jsonb as said from bus.activity) record
      where key = $1 and said ->> 'agent' = $1 group by 1, 2, 3, 4 order by 1, 2, 3, 4`,
    [agent],
  );
  return rows;
}
