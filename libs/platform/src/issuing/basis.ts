import { config, type ConfigState, resourceOf } from '@chancery/domain';
import { type EventStore, type Folded, type NotRevoked, type Reading } from '@chancery/eventstore';
import { streamName } from '@chancery/events';
import { canonicalResource } from '@chancery/oauth';

/** What operators set for the tenant, with the guard that finds out when it was narrowed meanwhile. */
export const readConfig = (store: EventStore, reading: Reading): Promise<Folded<ConfigState>> =>
  store.fold(streamName('config', 'main'), config, reading);

/** The registered spelling of a resource that was asked for (AUZ-06); what is not registered stays as it is, for the decider to refuse. */
export function registeredResource(state: ConfigState, asked: string | undefined): string | undefined {
  if (asked === undefined || resourceOf(state, asked)) return asked;
  const canonical = canonicalResource(asked);
  return Object.keys(state.resources).find((resource) => canonicalResource(resource) === canonical) ?? asked;
}

/** What a request rests on of the requester's own (design §4), as of the append: agent, instance, IAT and, where one will sign, the key. */
export const requesterKeys = (of: { agentId: string; proofKey?: string; iatId?: string; kid?: string }): readonly NotRevoked[] => [
  { kind: 'agent', id: of.agentId },
  ...(of.kid === undefined ? [] : [{ kind: 'key' as const, id: of.kid }]),
  ...(of.proofKey === undefined ? [] : [{ kind: 'instance' as const, id: of.proofKey }]),
  ...(of.iatId === undefined ? [] : [{ kind: 'iat' as const, id: of.iatId }]),
];
