import { calledByGateway, type OperatorDeps, type ServiceRequest } from '@chancery/platform';
import { feed, type FeedAnswer, type FeedDeps, parseAsk } from './feed.js';

/** The feed is for gateways alone: they say who they are as services do to each other, wherever they run. */
export class RevocationFeed {
  constructor(
    private readonly deps: FeedDeps,
    private readonly callers: OperatorDeps,
  ) {}

  ask(request: ServiceRequest, query: Readonly<Record<string, unknown>>): Promise<FeedAnswer> {
    calledByGateway(request, this.callers);
    return feed(parseAsk(query), this.deps);
  }
}
