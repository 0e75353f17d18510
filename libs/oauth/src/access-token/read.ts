import type { CompactJws } from '../jose/decode-compact.js';
import { limits } from '../limits.js';
import { openCompact, refuseAt, type VerifierRules } from '../verifiers.js';
import { type AccessTokenEntry, refuse, rulesOf } from './rules.js';

/** An access token that was read: nothing it says is believed yet. */
export interface UnverifiedAccessToken {
  readonly jws: CompactJws;
  /** Which key to ask for. */
  readonly kid: string;
  readonly entry: AccessTokenEntry;
}

/**
 * Form and type of an access token (RFC 9068 §4), before its key is asked for.
 * @throws OAuthError `invalid_token` (401); at entry `subject-token` `invalid_request`
 */
export function readAccessToken(token: string, entry: AccessTokenEntry = 'access-token'): UnverifiedAccessToken {
  const rules = rulesOf(entry);
  const jws = openCompact(token, rules);
  checkActorDepth(jws.payload['act'], rules);
  const { kid } = jws.header;
  if (kid === undefined) throw refuseAt(rules)('no kid');
  return { jws, kid, entry };
}

/** Before any signature is checked: whoever nests for ever pays for it, not we. */
function checkActorDepth(act: unknown, rules: VerifierRules): void {
  let depth = 0;
  for (let actor = act; typeof actor === 'object' && actor !== null; actor = (actor as { act?: unknown }).act) {
    depth += 1;
    if (depth > limits.actorDepth) throw refuse(rules, 'token_malformed', 'act too deep');
  }
}
