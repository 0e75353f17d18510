export { type BasicCredentials, verifyClientSecret } from './client-secret-basic.js';
export { type AssertionOptions, makeAssertion } from './make-assertion.js';
export { type PresentedClient, presentedClient } from './presented-client.js';
export {
  type AssertionClient,
  type AssertionCredentials,
  type AssertionRequest,
  assertionType,
  type VerifiedAssertion,
  verifyClientAssertion,
} from './private-key-jwt.js';
