import { type ActivityRecord, type ChanceryEvent, decodeEvent, UnreadableEvent } from '@chancery/events';
import type { DataSource } from 'typeorm';
import { lastPosition } from '../log/read-log.js';
import { type Issuance, type SiemEntry, type SiemEvent, siemTypes } from './ocsf/siem-entry.js';

/** An entry that no record can be made of. Its publisher stops before it: what it skipped, nobody would miss (design §4). */
export class SiemStopped extends Error {
  override readonly name = 'SiemStopped';
  constructor(
    readonly position: number,
    cause: UnreadableEvent,
  ) {
    super(`no record can be made of entry ${position}: ${cause.message}`, { cause });
  }
}

/** A part of the log that was looked through. */
export interface SiemPage {
  readonly entries: readonly SiemEntry[];
  /** Everything up to this position has been looked at. */
  readonly to: number;
  /** There is probably more. */
  readonly full: boolean;
  /** Why it ends before `to` could be further. */
  readonly stopped?: SiemStopped;
}

/** How much one page is: records to publish, and positions to look at for them. */
const most = { entries: 1_000, positions: 10_000 };

interface Row {
  readonly position: string;
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly decided_at: string;
  readonly logged_at: string;
  readonly data: Buffer;
  readonly began_type: string | null;
  readonly began_version: number | null;
  readonly began_data: Buffer | null;
}

// The first event of a grant's stream is how it began; the log has it before the grant's end, for both have the same key on the bus.
const pageOfEntries = `
  SELECT e.position, e.record_id AS id, e.type, e.version, e.data,
    floor(extract(epoch FROM e.at) * 1000)::bigint AS decided_at, floor(extract(epoch FROM e.logged_at) * 1000)::bigint AS logged_at,
    g.type AS began_type, g.version AS began_version, g.data AS began_data
  FROM audit.log_entry e
  LEFT JOIN LATERAL (
    SELECT * FROM audit.log_entry g WHERE e.type = 'grant.revoked' AND g.stream = e.stream AND g.revision = 1 LIMIT 1
  ) g ON true
  WHERE e.tenant = $1 AND e.position > $2 AND e.position <= $3 AND e.type = ANY($4)
  ORDER BY e.position LIMIT $5`;

/** What is to be published behind a position, in the log's order, up to the first entry that cannot be read. */
export async function readSiemPage(dataSource: DataSource, tenant: string, from: number): Promise<SiemPage> {
  // Positions are given and committed in order under one lock: up to the head nothing is missing that could come later.
  const head = await lastPosition(dataSource, tenant);
  const window = Math.min(from + most.positions, head);
  if (window <= from) return { entries: [], to: from, full: false };
  const rows: Row[] = await dataSource.query(pageOfEntries, [tenant, from, window, siemTypes, most.entries]);
  const to = rows.length === most.entries ? Number(rows.at(-1)?.position) : window;
  return { ...readUntil(rows, tenant, to), full: to < head };
}

function readUntil(rows: readonly Row[], tenant: string, to: number): Pick<SiemPage, 'entries' | 'to' | 'stopped'> {
  const entries: SiemEntry[] = [];
  for (const row of rows) {
    try {
      entries.push(entryOf(row, tenant));
    } catch (error) {
      if (!(error instanceof UnreadableEvent)) throw error;
      const position = Number(row.position);
      return { entries, to: position - 1, stopped: new SiemStopped(position, error) };
    }
  }
  return { entries, to };
}

const entryOf = ({ position, id, type, version, data, ...row }: Row, tenant: string): SiemEntry => ({
  tenant,
  position: Number(position),
  id,
  version,
  decidedAt: Number(row.decided_at),
  loggedAt: Number(row.logged_at),
  event: decodeEvent({ type, version, data }) as SiemEvent,
  ...beganAs(row),
});

function beganAs({
  began_type: type,
  began_version: version,
  began_data: data,
}: Pick<Row, 'began_type' | 'began_version' | 'began_data'>): {
  began?: Issuance;
} {
  if (type === null || version === null || data === null) return {};
  const began = decodeEvent({ type, version, data });
  return isIssuance(began) ? { began } : {};
}

const isIssuance = (event: ChanceryEvent | ActivityRecord): event is Issuance =>
  event.type === 'grant.token-issued' || event.type === 'grant.token-exchanged';
