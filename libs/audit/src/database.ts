import { openDataSource } from '@chancery/eventstore';
import type { DataSource } from 'typeorm';

/** Opens the audit service's connections. `url` is a login of role `chancery_audit`. Rejects when the server cannot be reached. */
export const openAuditDatabase = ({ url, connections }: { url: string; connections: number }): Promise<DataSource> =>
  openDataSource({ url, applicationName: 'chancery audit', connections });
