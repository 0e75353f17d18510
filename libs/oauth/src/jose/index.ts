export { type Algorithm, algorithmNames, algorithms, namesAlgorithm } from './algorithms.js';
export { decodeBase64url, encodeBase64url } from './base64url.js';
export { type BoundedCache, boundedCache } from './bounded-cache.js';
export { type CompactJws, decodeCompact, type JoseHeader } from './decode-compact.js';
export { type ImportedKey, importPublicJwk } from './import-public-jwk.js';
export type { PublicJwk } from './public-jwk.js';
export { type SigningHeader, signCompact } from './sign-compact.js';
export { thumbprint } from './thumbprint.js';
export { verifySignature } from './verify-signature.js';
