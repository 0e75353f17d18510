import { again, type EventStore, type Reading } from '@chancery/eventstore';
import { type Form, OAuthError, parseForm, refuseForeignParameters } from '@chancery/oauth';
import { attemptTwice } from '../issuing/attempt.js';
import { attribute } from '../refusals/attribution.js';
import { authenticateAgent } from './authenticate-agent.js';
import type { Grant, TokenAnswer, VerifiedProof } from './grant.js';
import { proveKey } from './prove-key.js';

export interface TokenEndpointOptions {
  readonly grants: readonly Grant[];
  readonly store: EventStore;
  readonly issuer: string;
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
    const proof = this.#proofOf(posted);
    return await attemptTwice((reading) => this.#attempt({ form, grant, proof, posted, reading }));
  }

  #grantOf(form: Form): Grant {
    const grant = this.#grants.get(form.required('grant_type'));
    if (!grant) throw new OAuthError('unsupported_grant_type', { refusal: 'grant_type_unknown' });
    return grant;
  }

  /** Asked for after the client is authenticated; a proof that verified is not verified again when the streams are read again. */
  #proofOf({ dpop }: PostedToken): () => VerifiedProof | undefined {
    const { issuer, store } = this.options;
    let known: { proof: VerifiedProof | undefined } | undefined;
    return () => (known ??= { proof: proveKey({ header: dpop, method: 'POST', url: `${issuer}/token`, now: store.now() }) }).proof;
  }

  async #attempt(request: Attempt): Promise<TokenAnswer | typeof again> {
    const { form, grant, posted, reading } = request;
    const { store, issuer } = this.options;
    const verified: { agent?: string; instance?: string } = {};
    try {
      const client = await authenticateAgent({ form, authorization: posted.authorization, store, issuer, now: store.now(), reading });
      verified.agent = client.agentId;
      const proof = request.proof();
      if (proof) verified.instance = proof.thumbprint;
      const answer = await grant.handle({ form, client, proof, reading, requestId: posted.requestId });
      return answer === 'again' ? again : answer;
    } catch (error) {
      throw attribute(error, verified);
    }
  }
}

interface Attempt {
  readonly form: Form;
  readonly grant: Grant;
  readonly proof: () => VerifiedProof | undefined;
  readonly posted: PostedToken;
  readonly reading: Reading;
}
