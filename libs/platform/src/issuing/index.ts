export { attemptTwice, final } from './attempt.js';
export { readConfig, registeredResource, requesterKeys } from './basis.js';
export { refuseJustResumed } from './ended.js';
export { issue, type Issuance, type IssuanceEvent, type Issuing } from './issue.js';
export { refused, type RefusalTable } from './refused.js';
export { artefactExpired, replayed } from './replayed.js';
