import { DataSource } from 'typeorm';

/** Milliseconds. */
const connectTimeout = 5_000;
const queryTimeout = 15_000;

/** Opens the audit service's connections. `url` is a login of role `chancery_audit`. Rejects when the server cannot be reached. */
export const openAuditDatabase = ({ url, connections }: { url: string; connections: number }): Promise<DataSource> =>
  new DataSource({
    type: 'postgres',
    url,
    applicationName: 'chancery audit',
    poolSize: connections,
    connectTimeoutMS: connectTimeout,
    installExtensions: false,
    logging: false,
    extra: { query_timeout: queryTimeout },
  }).initialize();
