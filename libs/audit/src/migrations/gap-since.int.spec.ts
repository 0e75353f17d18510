import 'reflect-metadata';
import { migrate } from '@chancery/eventstore';
import { freshDatabase } from '@chancery/testing';
import { DataSource } from 'typeorm';
import { expect, it } from 'vitest';
import { openAuditDatabase } from '../database.js';
import { listGateways } from '../gateways/list-gateways.js';
import { newGaps } from '../numbering/report-gaps.js';
import { auditDatabase } from '../spec-kit/database.js';
import { auditMigrations } from './audit-log.js';

const before = auditMigrations.slice(
  0,
  auditMigrations.findIndex(({ name }) => name.startsWith('GapSince')),
);
const year = 365 * 86_400;

it('a database of before keeps its gaps, and hears no gateway in the future', async () => {
  const url = await freshDatabase();
  await migrate({ url, migrations: before });
  const owner = await new DataSource({ type: 'postgres', url, installExtensions: false }).initialize();
  await owner.query(
    "INSERT INTO audit.numbering (source, run, highest, seen, reported) VALUES ('s', 'whole', 9, 9, 0), ('s', 'told', 9, 6, 3), ('s', 'open', 9, 7, 0)",
  );
  await owner.query(
    `INSERT INTO audit.gateway (tenant, name, run, applied_through, entries, heard_at)
     SELECT 'main', name, 'r', 0, 0, (extract(epoch FROM es.now()) + ahead) * 1000000
     FROM (VALUES ('ghost', ${year}), ('old', -60)) AS g (name, ahead)`,
  );
  const dataSource = await openAuditDatabase({ url: await auditDatabase(url), connections: 2 });
  try {
    await owner.query("UPDATE audit.numbering SET gap_since = gap_since - interval '11 s'");
    expect(await newGaps(dataSource)).toEqual([{ source: 's', run: 'open', missing: 2 }]);
    const { gateways, as_of } = await listGateways(dataSource, 'main');
    expect(gateways.map(({ name }) => name)).toEqual(['ghost', 'old']);
    for (const { heard_at } of gateways) expect(heard_at <= as_of).toBe(true);
  } finally {
    await Promise.all([dataSource.destroy(), owner.destroy()]);
  }
});
