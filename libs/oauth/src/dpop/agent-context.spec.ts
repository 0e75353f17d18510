import { describe, expect, it } from 'vitest';
import { generateKey } from '../client/keys.js';
import { forge } from '../spec-kit/forge.js';
import { refusalOf } from '../spec-kit/refused.js';
import { makeProof } from './make-proof.js';
import { verifyProof } from './verify-proof.js';
import { serverWindow } from './window.js';

const url = 'https://id.example/token';
const now = 1_795_429_800;
const key = generateKey();
const context = {
  model: { provider: 'acme', name: 'scribe', version: '3.1' },
  source: { kind: 'tool', ref: 'mail:42', sha256: 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo' },
  tool: { name: 'send', call_id: 'c1' },
  run_id: 'r1',
} as const;
const verify = (header: string) => verifyProof({ header, method: 'POST', url, now, window: serverWindow });
const withContext = (agent_context: unknown) =>
  forge(
    { typ: 'dpop+jwt', alg: 'ES256', jwk: key.publicJwk },
    { jti: 'j', htm: 'POST', htu: url, iat: now, agent_context },
    key.privateKey,
  );

describe('what an agent says about its call', () => {
  it('is vouched for by its key (GW-25)', () => {
    expect(verify(makeProof({ key, method: 'POST', url, now, agentContext: context })).agentContext).toEqual(context);
    expect(verify(withContext({ source: { kind: 'user' } })).agentContext).toEqual({ source: { kind: 'user' } });
    expect(verify(withContext({ source: { kind: 'user', sha256: 'a0'.repeat(32) } })).agentContext).toBeDefined();
    expect(verify(withContext(undefined))).not.toHaveProperty('agentContext');
  });

  it.each([
    ['null', null],
    ['a string', 'x'],
    ['an array', [context]],
    ['a member it does not have', { ...context, prompt: 'secret plan' }],
    ['a nested member it does not have', { model: { ...context.model, prompt: 'secret plan' } }],
    ['another kind of source', { source: { kind: 'oracle' } }],
    ['a source without a kind', { source: { ref: 'x' } }],
    ['a hash that is none', { source: { kind: 'user', sha256: 'x' } }],
    ['a number for a string', { run_id: 1 }],
    ['null for a string', { run_id: null }],
    ['an empty string', { run_id: '' }],
    ['a string of 257 characters', { run_id: 'r'.repeat(257) }],
    ['more than 2 KiB', Object.fromEntries(['model', 'tool'].map((name) => [name, long(name)]))],
  ])('is refused as %s (GW-25)', (_, value) => {
    expect(refusalOf(() => verify(withContext(value)))).toEqual({ code: 'invalid_request', refusal: 'agent_context_malformed' });
  });

  it('is not even looked at without a good signature', () => {
    const [header, payload] = withContext('x').split('.');
    expect(refusalOf(() => verify(`${header}.${payload}.${'A'.repeat(86)}`)).code).toBe('invalid_dpop_proof');
  });
});

function long(name: string): object {
  const text = '€'.repeat(256); // 768 bytes
  return name === 'model' ? { provider: text, name: text } : { name: text };
}
