import { OAuthError } from '@chancery/oauth';
import { callerHeaderName, type OperatorDeps, type ServiceRequest, verifyCaller } from '@chancery/platform';
import { feed, type FeedAnswer, type FeedDeps, parseAsk } from './feed.js';

/** The feed is for gateways alone: they say who they are as services do to each other, wherever they run. */
export class RevocationFeed {
  constructor(
    private readonly deps: FeedDeps,
    private readonly callers: OperatorDeps,
  ) {}

  ask(request: ServiceRequest, query: Readonly<Record<string, unknown>>): Promise<FeedAnswer> {
    const { service } = verifyCaller({
      header: request.headers[callerHeaderName],
      to: this.callers.service,
      method: request.method,
      path: request.url.split('?', 1)[0] ?? '',
      keys: (from, kid) => this.callers.keys(from, kid),
      now: this.callers.now(),
    });
    if (service !== 'gateway') throw new OAuthError('invalid_token', { refusal: 'caller_not_gateway', scheme: 'DPoP' });
    return feed(parseAsk(query), this.deps);
  }
}
