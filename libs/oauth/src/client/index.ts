export { type AssertionOptions, makeAssertion } from '../client-auth/make-assertion.js';
export type { AgentContext } from '../dpop/agent-context.js';
export { makeProof, type ProofKey, type ProofOptions } from '../dpop/make-proof.js';
export type { Algorithm } from '../jose/algorithms.js';
export { callResource, type ResourceCall } from './call-resource.js';
export { type ClientKey, generateKey, keyFromJwk } from './keys.js';
export { requestToken, type TokenRequest, type TokenResponse } from './request-token.js';
export { ResponseError } from './response-error.js';
