export { checkBinding } from './check-binding.js';
export type { AccessTokenClaims, Actor, Confirmation, LineageEntry } from './claims.js';
export { mintAccessToken, type SigningKey } from './mint.js';
export { type AccessTokenRequest, type VerificationKey, verifyAccessToken } from './verify.js';
