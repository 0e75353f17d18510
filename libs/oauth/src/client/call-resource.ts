import type { AgentContext } from '../dpop/agent-context.js';
import { makeProof, type ProofKey } from '../dpop/make-proof.js';

export interface ResourceCall {
  fetch: typeof fetch;
  url: string;
  method: string;
  token: string;
  /** The key the token is bound to; absent sends it as a bearer token. */
  proofKey?: ProofKey;
  /** Sent as JSON. */
  body?: unknown;
  /** What the agent says about this call, vouched for by its key. */
  agentContext?: AgentContext;
  /** Seconds since 1970; the machine's clock when absent. */
  now?: number;
}

/** Calls a protected resource with a fresh proof (RFC 9449 §7.1). Every answer is returned, refusals too. */
export async function callResource(call: ResourceCall): Promise<Response> {
  return call.fetch(call.url, {
    method: call.method,
    headers: { ...credentials(call), ...(call.body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    redirect: 'error', // a redirected request would carry the token somewhere else
  });
}

function credentials({ token, proofKey, method, url, agentContext, now }: ResourceCall): Record<string, string> {
  if (proofKey === undefined) return { authorization: `Bearer ${token}` };
  const dpop = makeProof({
    key: proofKey,
    method,
    url,
    accessToken: token,
    ...(now === undefined ? {} : { now }),
    ...(agentContext === undefined ? {} : { agentContext }),
  });
  return { authorization: `DPoP ${token}`, dpop };
}
