import { OAuthError } from './errors.js';
import { limits } from './limits.js';

const scopeSyntax = /^[\x21\x23-\x5B\x5D-\x7E]+(?: [\x21\x23-\x5B\x5D-\x7E]+)*$/;

/** Scope tokens in the order they were first named, each once; none when absent. RFC 6749 §3.3. @throws OAuthError `invalid_scope` */
export function parseScope(value?: string): readonly string[] {
  if (value === undefined) return [];
  if (value.length > limits.scopeChars || !scopeSyntax.test(value)) throw new OAuthError('invalid_scope', { refusal: 'scope_malformed' });
  const tokens = [...new Set(value.split(' '))];
  if (tokens.length > limits.scopeTokens) throw new OAuthError('invalid_scope', { refusal: 'scope_too_long' });
  return tokens;
}

/** The wire form of scope tokens. */
export const formatScope = (scope: readonly string[]): string => scope.join(' ');
