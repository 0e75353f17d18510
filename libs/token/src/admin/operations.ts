import type { Issuing, KeyRing, OperatorDeps } from '@chancery/platform';

/** Issuing, in the service that may also change the keys. */
export interface KeyedIssuing extends Issuing {
  readonly keys: KeyRing;
}

/** What the operators' API of this service works with. */
export class Operations {
  constructor(
    readonly issuing: KeyedIssuing,
    readonly operators: OperatorDeps,
  ) {}
}
