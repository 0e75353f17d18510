import { makeAssertion } from '../client-auth/make-assertion.js';
import { assertionType } from '../client-auth/private-key-jwt.js';
import { makeProof, type ProofKey } from '../dpop/make-proof.js';
import type { AgentContext } from '../dpop/agent-context.js';
import { readBody, ResponseError } from './response-error.js';

export interface TokenRequest {
  issuer: string;
  fetch: typeof fetch;
  clientId: string;
  /** Signs the client assertion. */
  clientKey: ProofKey;
  /** Signs the DPoP proof the token is bound to; absent asks for a bearer token. */
  proofKey?: ProofKey;
  /** Everything but client authentication. */
  form: Readonly<Record<string, string | readonly string[]>>;
  agentContext?: AgentContext;
  /** Seconds since 1970; the machine's clock when absent. */
  now?: number;
}

export interface TokenResponse {
  access_token: string;
  token_type: string;
  /** Seconds. */
  expires_in: number;
  scope?: string;
  issued_token_type?: string;
}

/** Asks `<issuer>/token` with `private_key_jwt` and DPoP. @throws ResponseError for any answer that is not a success */
export async function requestToken(request: TokenRequest): Promise<TokenResponse> {
  const url = `${request.issuer}/token`;
  const response = await request.fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...proofHeader(request, url) },
    body: encodeForm(request).toString(),
    redirect: 'error',
  });
  const body = await readBody(response);
  if (!response.ok) throw new ResponseError(response.status, body);
  return body as TokenResponse;
}

function proofHeader({ proofKey, agentContext, now }: TokenRequest, url: string): Record<string, string> {
  if (proofKey === undefined) return {};
  const dpop = makeProof({
    key: proofKey,
    method: 'POST',
    url,
    ...(now === undefined ? {} : { now }),
    ...(agentContext === undefined ? {} : { agentContext }),
  });
  return { dpop };
}

function encodeForm({ form, clientId, issuer, clientKey, now }: TokenRequest): URLSearchParams {
  const encoded = new URLSearchParams();
  for (const [name, values] of Object.entries(form)) for (const value of [values].flat()) encoded.append(name, value);
  encoded.append('client_assertion_type', assertionType);
  encoded.append('client_assertion', makeAssertion({ clientId, issuer, key: clientKey, ...(now === undefined ? {} : { now }) }));
  return encoded;
}
