import type { EventStore } from '@chancery/eventstore';
import { bodyOf, calledByGateway, type OperatorDeps, type ServiceRequest } from '@chancery/platform';
import { type ReservedProof, reserveProof } from './reserve-proof.js';

/** Reservations are for gateways alone: anybody else would use up proofs that are not theirs. */
export class Proofs {
  constructor(
    private readonly store: Pick<EventStore, 'append'>,
    private readonly callers: OperatorDeps,
  ) {}

  reserve(request: ServiceRequest): Promise<ReservedProof> {
    calledByGateway(request, this.callers);
    return reserveProof(bodyOf(request, 'json'), this.store);
  }
}
