export { canarySecret, expectNoSecret, findSecrets, type SecretFinding, type Secrets } from './canary.js';
export { freshDatabase } from './database.js';
export { given } from './given.js';
export { runProcess, type ProcessExit, type RunningProcess, type RunProcessOptions } from './run-process.js';
export { seededRandom, type SeededRandom } from './seed.js';
export { fromSources } from './sources.js';
export { startTcpProxy, type TcpProxy } from './tcp-proxy.js';
export { temporaryFolder } from './temporary-folder.js';
export { waitFor, type WaitForOptions } from './wait-for.js';
