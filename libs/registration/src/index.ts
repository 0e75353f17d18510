export { registrationMigrations } from './projections/migration.js';
export { agentList } from './projections/agent-list.projection.js';
export { iatList } from './projections/iat-list.projection.js';
export { RegistrationModule, type RegistrationOptions, runLists } from './registration.module.js';
export { type FirstOperator, operatorScopes, seed, seeded, WrongIssuer } from './seed/seed.js';
