/** JWS algorithms as keys are registered and tokens are signed (RFC 7518 §3, RFC 9864). Never `none`, never `HS*`. */
export type Algorithm = 'ES256' | 'PS256' | 'Ed25519';

export const algorithms: readonly Algorithm[] = ['ES256', 'PS256', 'Ed25519'];

/** The names metadata lists: `EdDSA` is the older name of what an Ed25519 key does. */
export const algorithmNames: readonly string[] = ['ES256', 'PS256', 'Ed25519', 'EdDSA'];

/** Whether the `alg` a header or JWK names is what the key does. The key decides; the name is only compared (RFC 8725 §3.1). */
export const namesAlgorithm = (name: unknown, algorithm: Algorithm): boolean =>
  name === algorithm || (name === 'EdDSA' && algorithm === 'Ed25519');
