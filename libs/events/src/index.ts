export * from './catalogue.js';
export { decodeEvent, encodeEvent, typesOf, UnreadableEvent, type EncodedEvent } from './codec.js';
export { defineEvent, type EventDefinition, type EventOf, type Upcast } from './define-event.js';
export * from './revocation.js';
export * from './stream.js';
export * from './topics.js';
export { agentContext, publicJwk } from './fields.js';
