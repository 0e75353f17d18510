export { DataFolderUnreachableError } from './data-folder.js';
export { freePort } from './port.js';
export { DataFolderHeldError, hold, holdDataFolder, type Hold } from './hold.js';
export type { ServerExit } from './server.js';
export { startEmbeddedPostgres, type EmbeddedPostgres, type EmbeddedPostgresOptions } from './start-embedded-postgres.js';
