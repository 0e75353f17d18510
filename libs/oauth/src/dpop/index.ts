export type { AgentContext } from './agent-context.js';
export { normalizeHtu } from './htu.js';
export { makeProof, type ProofKey, type ProofOptions } from './make-proof.js';
export { type ProofRequest, type VerifiedProof, verifyProof } from './verify-proof.js';
export { gatewayWindow, type ProofWindow, serverWindow } from './window.js';
