export { type AuthenticAccessToken, authenticateAccessToken, type VerificationKey } from './authenticate.js';
export { checkBinding } from './check-binding.js';
export type { AccessTokenClaims, Actor, Confirmation, LineageEntry } from './claims.js';
export { type AccessTokenUse, judgeAccessToken } from './judge.js';
export { checkTokenSize, mintAccessToken, type SigningKey } from './mint.js';
export { readAccessToken, type UnverifiedAccessToken } from './read.js';
export { type AccessTokenRequest, verifyAccessToken } from './verify.js';
