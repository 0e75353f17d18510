export { registrationMigrations } from './projections/migration.js';
export { agentList } from './projections/agent-list.projection.js';
export { iatList } from './projections/iat-list.projection.js';
export { type Reaper, type ReaperOptions, runReaper } from './leases/reaper.js';
export { RegistrationModule, type RegistrationOptions, runLists } from './registration.module.js';
export { operatorScopes } from './settings/operators-api.js';
export { type OperatorReset, resetOperator } from './seed/reset-operator.js';
export { type FirstOperator, seed, seeded, WrongIssuer } from './seed/seed.js';
