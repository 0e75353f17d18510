import { gatewayWindow } from '@chancery/oauth';
import type { ServiceName } from '@chancery/platform';
import type { Budgets, Operation, Route } from './route.js';

/** [method, path below /admin/v1, scope, service]: the operators' API belongs to the services by what it touches (design §11). */
const table: readonly [method: string, path: string, scope: string, service: ServiceName][] = [
  ['POST', '/iats', 'chancery:registry', 'registration'],
  ['GET', '/iats', 'chancery:registry', 'registration'],
  ['GET', '/iats/{id}', 'chancery:registry', 'registration'],
  ['POST', '/iats/{id}/revoke', 'chancery:revoke', 'registration'],
  ['POST', '/iats/{id}/close', 'chancery:revoke', 'registration'],
  ['GET', '/agents', 'chancery:registry', 'registration'],
  ['GET', '/agents/{id}', 'chancery:registry', 'registration'],
  ['POST', '/agents/{id}/approve', 'chancery:registry', 'registration'],
  ['POST', '/agents/{id}/suspend', 'chancery:revoke', 'registration'],
  ['POST', '/agents/{id}/revoke', 'chancery:revoke', 'registration'],
  ['POST', '/agents/{id}/resume', 'chancery:registry', 'registration'],
  ['GET', '/classes', 'chancery:registry', 'registration'],
  ['GET', '/classes/{name}', 'chancery:registry', 'registration'],
  ['GET', '/classes/{name}/versions', 'chancery:registry', 'registration'],
  ['POST', '/classes/{name}/diff', 'chancery:policy', 'registration'],
  ['PUT', '/classes/{name}', 'chancery:policy', 'registration'],
  ['GET', '/resources', 'chancery:registry', 'registration'],
  ['PUT', '/resources', 'chancery:policy', 'registration'],
  ['POST', '/grants/{id}/revoke', 'chancery:revoke', 'token'],
  ['GET', '/keys', 'chancery:registry', 'token'],
  ['POST', '/keys/rotate', 'chancery:policy', 'token'],
  ['POST', '/keys/{kid}/revoke', 'chancery:revoke', 'token'],
  ['GET', '/log', 'chancery:audit', 'audit'],
  ['GET', '/log/key', 'chancery:audit', 'audit'],
  ['GET', '/log/checkpoint', 'chancery:audit', 'audit'],
  ['POST', '/log/checkpoint', 'chancery:audit', 'audit'],
  ['GET', '/log/proof/{position}', 'chancery:audit', 'audit'],
  ['GET', '/log/export', 'chancery:audit', 'audit'],
  ['GET', '/log/export/entries', 'chancery:audit', 'audit'],
  ['GET', '/gateways', 'chancery:audit', 'audit'],
  ['GET', '/quarantine', 'chancery:audit', 'audit'],
  ['POST', '/quarantine/retry', 'chancery:audit', 'audit'],
  // What is given up is missing from the roll for ever: nothing for those who may only read it.
  ['POST', '/quarantine/{id}/drop', 'chancery:policy', 'audit'],
];

/** Chancery's own API for operators: a protected resource like any other. */
export const adminRoute = (issuer: string, budgets: Budgets): Route => ({
  resource: `${issuer}/admin`,
  name: 'Chancery operators’ API',
  prefix: '/admin/v1',
  operations: table.map(([method, path, scope, service]): Operation => ({ method, path, scope: [scope], upstream: { service } })),
  bearer: false,
  proofWindow: gatewayWindow,
  // Whoever acts on everybody's authority acts once, whichever replica hears it.
  replay: 'everywhere',
  unrecorded: 'spool',
  ...budgets,
  upstream: { service: 'registration' },
});
