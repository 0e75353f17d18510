import { migrate } from '@chancery/eventstore';
import { auditMigrations } from '../migrations/audit-log.js';

/** Migrates an empty database. @returns the way in with the service's own role */
export async function auditDatabase(owner: string): Promise<string> {
  await migrate({ url: owner, migrations: auditMigrations });
  const service = new URL(owner);
  service.searchParams.set('options', '-c role=chancery_audit');
  return service.href;
}
