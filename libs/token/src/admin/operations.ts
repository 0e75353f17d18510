import type { Issuing, OperatorDeps } from '@chancery/platform';

/** What the operators' API of this service works with. */
export class Operations {
  constructor(
    readonly issuing: Issuing,
    readonly operators: OperatorDeps,
  ) {}
}
