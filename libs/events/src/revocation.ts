/** What a revocation can end (design §7). `instance` is a proof-key thumbprint, or one of an agent (`instanceOf`); `key` the `kid` of a signing key. */
export const revocationKinds = ['grant', 'agent', 'instance', 'user', 'iat', 'software', 'issuer', 'key'] as const;

export type RevocationKind = (typeof revocationKinds)[number];

/** One subject that an event ends. */
export interface RevokedSubject {
  readonly kind: RevocationKind;
  readonly id: string;
}

/**
 * Whether a revocation of this kind is for ever, or means "issued before T" (REV-05).
 * Agents, instances and users can come back; a grant, an IAT, a software version, an issuer or a key cannot.
 */
export const revokedForEver: Record<RevocationKind, boolean> = {
  grant: true,
  agent: false,
  instance: false,
  user: false,
  iat: true,
  software: true,
  issuer: true,
  key: true,
};

/**
 * A proof key in the hands of one agent. Whoever takes a key out of its registration ends its own grants by it and nobody else's: anybody may have
 * registered a public key, and a thumbprint alone would end what others were given.
 */
export const instanceOf = (agentId: string, thumbprint: string): RevokedSubject => ({ kind: 'instance', id: `${agentId}.${thumbprint}` });
