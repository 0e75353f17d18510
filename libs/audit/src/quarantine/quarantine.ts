import { bodyOf, operatorOf, type OperatorDeps, type ServiceRequest } from '@chancery/platform';
import { dropQuarantined, type QuarantineDeps, type Retried, retryQuarantined } from './decide.js';
import { type ListedQuarantined, listQuarantined } from './list-quarantined.js';
import { parseDrop, parseQuarantineQuery, parseRetry } from './quarantine-request.js';

/** What operators may do about records that could not be handled. @throws OAuthError */
export class Quarantine {
  constructor(
    private readonly deps: QuarantineDeps,
    private readonly operators: OperatorDeps,
  ) {}

  /** `{ records: […] }`, oldest first. */
  async list(request: ServiceRequest): Promise<{ records: readonly ListedQuarantined[] }> {
    operatorOf(request, 'chancery:audit', this.operators);
    return { records: await listQuarantined(parseQuarantineQuery(request.query), this.deps.bus) };
  }

  /** Trying again is what would have happened anyway, so who may read may ask for it. */
  async retry(request: ServiceRequest): Promise<Retried> {
    const { clientId } = operatorOf(request, 'chancery:audit', this.operators);
    return retryQuarantined(parseRetry(bodyOf(request, 'json')), clientId, this.deps);
  }

  /** A record that is given up is missing from the roll for ever: who reads the log must not be able to decide what is in it. */
  async drop(request: ServiceRequest, id: string): Promise<{ id: string }> {
    const { clientId } = operatorOf(request, 'chancery:policy', this.operators);
    const asked = parseDrop(id, bodyOf(request, 'json'));
    await dropQuarantined(asked, clientId, this.deps);
    return { id: String(asked.id) };
  }
}
