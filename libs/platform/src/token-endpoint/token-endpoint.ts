import { again, type EventStore, type Reading } from '@chancery/eventstore';
import { type Form, OAuthError, parseForm, refuseForeignParameters } from '@chancery/oauth';
import type { RemoteKeys } from '../client-keys/remote-keys.js';
import { attemptTwice } from '../issuing/attempt.js';
import { asRequester } from './as-requester.js';
import type { Grant, TokenAnswer, VerifiedProof } from './grant.js';
import { proveOnce } from './prove-key.js';

export interface TokenEndpointOptions {
  readonly grants: readonly Grant[];
  readonly store: EventStore;
  readonly issuer: string;
  readonly remoteKeys: RemoteKeys;
}

/** A request at `/token`, as it came. */
export interface PostedToken {
  readonly body: Uint8Array;
  readonly authorization: string | readonly string[] | undefined;
  readonly dpop: string | readonly string[] | undefined;
  readonly requestId: string;
}

/** Client authentication is understood here, whatever the grant. `client_secret` too, so that it meets the refusal of its own method. */
const common = ['grant_type', 'client_id', 'client_secret', 'client_assertion', 'client_assertion_type'];

/** `/token`, once for all grants: parse, authenticate, prove, and hand on to the grant that was asked for. */
export class TokenEndpoint {
  readonly #grants: ReadonlyMap<string, Grant>;

  constructor(private readonly options: TokenEndpointOptions) {
    this.#grants = new Map(options.grants.map((grant) => [grant.grantType, grant]));
  }

  async post(posted: PostedToken): Promise<TokenAnswer> {
    const form = parseForm(posted.body);
    const grant = this.#grantOf(form);
    refuseForeignParameters(form, [...common, ...grant.parameters]);
    const { issuer, store } = this.options;
    const proof = proveOnce({ header: posted.dpop, method: 'POST', url: `${issuer}/token`, now: () => store.now() });
    return await attemptTwice((reading) => this.#attempt({ form, grant, proof, posted, reading }));
  }

  #grantOf(form: Form): Grant {
    const grant = this.#grants.get(form.required('grant_type'));
    if (!grant) throw new OAuthError('unsupported_grant_type', { refusal: 'grant_type_unknown' });
    return grant;
  }

  async #attempt(request: Attempt): Promise<TokenAnswer | typeof again> {
    const { form, grant, posted, reading } = request;
    const { store, issuer, remoteKeys } = this.options;
    const authorization = posted.authorization;
    const credentials = { form, authorization, proof: request.proof, store, issuer, remoteKeys, now: store.now(), reading };
    return await asRequester(credentials, async ({ client, proof }) => {
      const answer = await grant.handle({ form, client, proof, reading, requestId: posted.requestId });
      return answer === 'again' ? again : answer;
    });
  }
}

interface Attempt {
  readonly form: Form;
  readonly grant: Grant;
  readonly proof: () => VerifiedProof | undefined;
  readonly posted: PostedToken;
  readonly reading: Reading;
}
