import type { IncomingMessage } from 'node:http';
import {
  type Form,
  gatewayWindow,
  OAuthError,
  parseForm,
  type ProofWindow,
  serverWindow,
  verifyClientAssertion,
  verifyProof,
} from '@chancery/oauth';
import type { StandInAnswer } from './stand-in.js';

export interface Client {
  readonly clientId: string;
  readonly jwks: { readonly keys: readonly unknown[] };
}

export interface Requester {
  readonly form: Form;
  readonly clientId: string;
  readonly thumbprint: string;
}

export interface Minted {
  readonly token: string;
  readonly scope: string;
  readonly expiresIn: number;
}

/** Checks what a client presents with the server's own code, and hands out tokens bound to the key that asked. */
export class AuthorizationDouble {
  readonly scopesAsked: string[] = [];
  readonly refused: string[] = [];
  /** What a faulty server would not check. */
  readonly lax = { replay: false, binding: false };
  /** Makes a token for whoever proved who they are; throws an OAuthError to refuse. */
  mint: (requester: Requester) => Minted;
  readonly #issued = new Map<string, { clientId: string; scope: string; thumbprint: string }>();
  readonly #proofs = new Set<string>();

  constructor(
    private readonly issuer: string,
    private readonly clients: ReadonlyMap<string, Client>,
  ) {
    this.mint = (requester) => this.operatorToken(requester);
  }

  /** An opaque token for the operators' API. */
  operatorToken({ form, thumbprint }: Requester): Minted {
    if (form.required('resource') !== `${this.issuer}/admin`) throw new OAuthError('invalid_target', { refusal: 'wrong resource' });
    const scope = form.required('scope');
    this.scopesAsked.push(scope);
    return { token: `tk_${this.#issued.size}_${thumbprint}`, scope, expiresIn: 600 };
  }

  answer(request: IncomingMessage, text: string): StandInAnswer {
    try {
      const { token, scope, expiresIn } = this.#issue(request, text);
      return { body: { access_token: token, token_type: 'DPoP', expires_in: expiresIn, scope } };
    } catch (error) {
      this.refused.push(String(error));
      if (!(error instanceof OAuthError)) throw error;
      return { status: error.status, body: { error: error.code } };
    }
  }

  #issue(request: IncomingMessage, text: string): Minted {
    const form = parseForm(Buffer.from(text));
    const assertion = form.required('client_assertion');
    const { sub: clientId } = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString()) as { sub: string };
    verifyClientAssertion({ assertion, client: this.clients.get(clientId), issuer: this.issuer, now: Date.now() / 1_000 });
    const { thumbprint } = this.#proof(request, `${this.issuer}/token`, serverWindow);
    const minted = this.mint({ form, clientId, thumbprint });
    this.#issued.set(minted.token, { clientId, scope: minted.scope, thumbprint });
    return minted;
  }

  /** Who calls, with which token and scope; undefined when the credentials are no good. */
  authenticate(request: IncomingMessage, url: string): { token: string; clientId: string; scope: string } | undefined {
    try {
      const token = /^DPoP (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
      const issued = this.#issued.get(token);
      if (issued === undefined) throw new Error('unknown token');
      this.#proof(request, url, gatewayWindow, { accessToken: token, ...(!this.lax.binding && { expectedThumbprint: issued.thumbprint }) });
      return { token, clientId: issued.clientId, scope: issued.scope };
    } catch (error) {
      this.refused.push(String(error));
      return undefined;
    }
  }

  #proof(request: IncomingMessage, url: string, window: ProofWindow, token: { accessToken?: string; expectedThumbprint?: string } = {}) {
    const proof = verifyProof({
      header: request.headersDistinct['dpop'],
      method: request.method ?? '',
      url,
      now: Date.now() / 1_000,
      window,
      ...token,
    });
    if (this.#proofs.has(proof.jti) && !this.lax.replay) throw new OAuthError('invalid_dpop_proof', { refusal: 'replayed' });
    this.#proofs.add(proof.jti);
    return proof;
  }
}
