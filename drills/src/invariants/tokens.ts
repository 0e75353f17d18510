import type { Behind, StoredRow } from '@chancery/testing';
import type { World } from '../drill.js';
import type { Load } from '../load/load.js';

/** REL-F1: what was answered is recorded, once, and what is recorded beside it is only what nobody heard the answer of. */
export async function answeredIsRecorded(world: World, behind: Behind, { journal, agents, iat }: Load): Promise<void> {
  const events = await behind.eventsOf(['grant.token-issued', 'grant.token-exchanged', 'grant.revoked', 'agent.registered']);
  const of = (...types: string[]): readonly StoredRow[] => events.filter(({ type }) => types.includes(type));
  const ours = new Set(agents.map(({ clientId }) => clientId));

  const issued = of('grant.token-issued', 'grant.token-exchanged').filter(({ data }) => ours.has(data.agentId));
  const streamOf = new Map(issued.map(({ stream, data }) => [String(data.jti), stream]));
  world.hold(
    'tokens answered ⊆ issuance events',
    [...journal.tokens].filter(([jti, stream]) => streamOf.get(jti) !== stream),
  );

  const registered = of('agent.registered').filter(({ data }) => data.iatId === iat.id);
  const known = new Set(registered.map(({ data }) => String(data.agentId)));
  world.hold(
    'agents answered ⊆ registrations',
    [...journal.agents].filter((id) => !known.has(id)),
  );

  const grants = new Set(issued.map(({ stream }) => stream));
  const over = new Set(
    of('grant.revoked')
      .map(({ stream }) => stream)
      .filter((stream) => grants.has(stream)),
  );
  world.hold(
    'revocations answered ⊆ events',
    journal.ended.map(({ stream }) => stream).filter((stream) => !over.has(stream)),
  );

  const surplus = issued.length - journal.tokens.size + (registered.length - journal.agents.size) + (over.size - journal.ended.length);
  world.count('tokens answered', journal.tokens.size);
  world.count('registrations / calls / revocations answered', [journal.agents.size, journal.calls.size, journal.ended.length].join(' / '));
  world.count('acts without an answer', journal.unheard);
  world.count('recorded and never answered', surplus);
  world.hold(
    'the surplus is only what nobody heard the answer of',
    surplus > journal.unheard || surplus < 0 ? [`${surplus} of ${journal.unheard}`] : [],
  );
  world.hold('nothing was answered that a fault does not explain', journal.strange);
}
