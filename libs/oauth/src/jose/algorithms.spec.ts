import { expect, it } from 'vitest';
import { algorithmNames, algorithms, namesAlgorithm } from './algorithms.js';

it('an algorithm has its own name alone, but for Ed25519, which may be called EdDSA (RFC 8725 §3.1, RFC 9864)', () => {
  const names = [...algorithmNames, 'none', 'HS256', 'RS256', 'es256', '', undefined, 7];
  const accepted = algorithms.map((algorithm) => [algorithm, names.filter((name) => namesAlgorithm(name, algorithm))]);
  expect(accepted).toEqual([
    ['ES256', ['ES256']],
    ['PS256', ['PS256']],
    ['Ed25519', ['Ed25519', 'EdDSA']],
  ]);
});
