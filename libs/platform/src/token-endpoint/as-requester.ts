import { attribute } from '../refusals/attribution.js';
import { type AuthenticateAgent, authenticateAgent } from './authenticate-agent.js';
import type { AuthenticatedAgent, VerifiedProof } from './grant.js';

/** Whoever asks at one of the server's own endpoints. */
export interface Requester {
  readonly client: AuthenticatedAgent;
  readonly proof: VerifiedProof | undefined;
}

export interface Credentials extends AuthenticateAgent {
  /** What `proveOnce` gave. */
  readonly proof: () => VerifiedProof | undefined;
}

/** Authenticates, proves (WIRE-18), then works. What is thrown on the way is about whom was verified by then, for the record of the refusal. */
export async function asRequester<T>(credentials: Credentials, work: (requester: Requester) => Promise<T>): Promise<T> {
  const verified: { agent?: string; instance?: string } = {};
  try {
    const client = await authenticateAgent(credentials);
    verified.agent = client.agentId;
    const proof = credentials.proof();
    if (proof) verified.instance = proof.thumbprint;
    return await work({ client, proof });
  } catch (error) {
    throw attribute(error, verified);
  }
}
