export { AuditModule, type AuditOptions, auditTopics, type RollOptions } from './audit.module.js';
export { openAuditDatabase } from './database.js';
export { auditMigrations } from './migrations/audit-log.js';
export type { ListedGateway } from './gateways/list-gateways.js';
export type { LogEntry } from './log/read-log.js';
