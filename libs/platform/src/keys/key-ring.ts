import type { KeyObject } from 'node:crypto';
import type { NotRevoked } from '@chancery/eventstore';
import type { PublicJwk } from '@chancery/oauth';
import type { Acted } from '../admin/act.js';

export type KeyAlgorithm = 'ES256' | 'Ed25519';

export interface SigningKey {
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  readonly alg: KeyAlgorithm;
  readonly privateKey: KeyObject;
}

export interface PublicKey {
  readonly kid: string;
  readonly alg: KeyAlgorithm;
  readonly key: KeyObject;
  readonly jwk: PublicJwk;
}

export const serviceNames = ['registration', 'token', 'exchange', 'audit', 'gateway'] as const;

export type ServiceName = (typeof serviceNames)[number];

export type KeyPurpose = 'access-token' | 'revocation' | 'roll' | `service-${ServiceName}`;

/** Every purpose a key can have; each has a stream of its own, so a key for one is none for another. */
export const keyPurposes: readonly KeyPurpose[] = [
  'access-token',
  'revocation',
  'roll',
  ...serviceNames.map((name) => `service-${name}` as const),
];

/** Whose act a change of keys is. */
export interface KeyAct {
  readonly purpose: KeyPurpose;
  readonly by: string;
  /** What the one who acts rests on: an operator's own keys. */
  readonly notRevoked?: readonly NotRevoked[];
}

/** Keys as of the last reading of their streams: every few seconds, and at once on `refresh`. */
export interface Keys {
  /** Throws StoreUnavailable when this purpose has no key that may sign: nothing is signed by another's, and none is made while serving. */
  active(purpose: KeyPurpose): SigningKey;
  /** What verifiers need: next, active, and retired until the last token they signed is over (META-06); never a revoked one. */
  published(purpose: KeyPurpose): readonly PublicKey[];
  find(purpose: KeyPurpose, kid: string): PublicKey | undefined;
  /** Of one purpose, or of all. */
  refresh(purpose?: KeyPurpose): Promise<void>;
  close(): void;
}

/** Keys, in a service that may change them. */
export interface KeyRing extends Keys {
  /** Lets the published next key sign from now on, if every verifier has had time to fetch it. Answers the kid that signs. Throws KeyRefused. */
  rotate(act: KeyAct): Promise<string>;
  /**
   * Ends a key for ever, with all it signed (META-08). In the place of the one that signs, the next one signs at once (ADR 0014). Throws
   * KeyRefused for a key that was never there, and for the one that signs while there is no next one.
   */
  revoke(act: KeyAct & { readonly kid: string; readonly reason: string }): Promise<Acted>;
}

/** Why a change of keys cannot be made now. */
export class KeyRefused extends Error {
  override readonly name = 'KeyRefused';
  constructor(readonly refusal: string) {
    super(`keys: ${refusal}`);
  }
}
