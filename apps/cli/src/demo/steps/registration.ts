import { generateKey } from '@chancery/oauth/client';
import { formatUntil } from '../../instant.js';
import { type Agent, demoScope, register, sameScope, spell } from '../agent.js';
import type { Evidence } from '../narrator.js';
import type { Stage } from '../stage.js';

/** The agent gets a name of its own for a key of its own; the initial access token is used up by that. */
export async function registration({ issuer }: Stage, initialAccessToken: string, { holds }: Evidence): Promise<Agent> {
  const key = generateKey();
  holds(key.thumbprint.length === 43, `its key's thumbprint: ${key.thumbprint}`, 'expected an RFC 7638 thumbprint');

  const answer = await register(issuer, initialAccessToken, key);
  const {
    client_id: clientId,
    scope,
    lease_expires_at: lease,
  } = (answer.body ?? {}) as { client_id?: string; scope?: string; lease_expires_at?: number };
  const registered = answer.status === 201 && clientId !== undefined && sameScope(scope, demoScope);
  holds(
    registered,
    `registered as ${clientId}, scope ${scope}`,
    `expected 201 with scope ${demoScope}, saw ${spell(answer)} with ${scope ?? 'none'}`,
  );
  holds(
    typeof lease === 'number' && lease * 1_000 > Date.now(),
    `its lease ends ${formatUntil(lease, Date.now())}`,
    'expected a lease in the future',
  );

  const second = await register(issuer, initialAccessToken, generateKey());
  holds(
    second.status === 401,
    `a second registration is refused: ${spell(second)}`,
    `expected 401 for a second registration, saw ${spell(second)}`,
  );
  return { issuer, clientId: clientId ?? '', key };
}
