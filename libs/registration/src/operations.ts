import type { OperatorsApi } from '@chancery/domain';
import type { EventStore } from '@chancery/eventstore';
import type { OperatorDeps } from '@chancery/platform';
import type { Lists } from './projections/lists.js';

/** What the operators' API of this service works with. */
export class Operations {
  constructor(
    readonly store: EventStore,
    readonly lists: Lists,
    readonly operators: OperatorDeps,
    readonly operatorsApi: OperatorsApi,
  ) {}
}
