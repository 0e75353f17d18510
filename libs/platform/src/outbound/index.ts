export { type AllowedTargets, nothingAllowed, parseAllowedTargets } from './allowed-targets.js';
export type { Fetched } from './ask.js';
export { type FetchRefusal, FetchRefused } from './fetch-refused.js';
export { type FetchOptions, type GuardedFetch, type GuardedFetchDeps, openGuardedFetch } from './guarded-fetch.js';
export { judgeTarget, type OutboundTarget, type TargetRules, type TargetVerdict } from './outbound-target.js';
export { openResolver, type ResolveHost } from './resolve-host.js';
