import type { KeyPurpose, Keys } from '../keys/key-ring.js';
import type { HealthCheck } from './health.js';

/** Whether this process can sign for each of these purposes: without one of them it can only refuse. */
export const signingKeys = (keys: Pick<Keys, 'active'>, purposes: readonly KeyPurpose[]): HealthCheck => ({
  name: 'signing key',
  ready() {
    // Throws for a purpose without a key, which is a check that failed.
    for (const purpose of purposes) keys.active(purpose);
    return true;
  },
});
