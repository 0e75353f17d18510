import { config, type ConfigState } from '@chancery/domain';
import { type EventStore, type Folded, type NotRevoked, type Reading } from '@chancery/eventstore';
import { streamName } from '@chancery/events';
import { canonicalResource } from '@chancery/oauth';

/** What operators set for the tenant, with the guard that finds out when it was narrowed meanwhile. */
export const readConfig = (store: EventStore, reading: Reading): Promise<Folded<ConfigState>> =>
  store.fold(streamName('config', 'main'), config, reading);

/** The registered spelling of a resource that was asked for (AUZ-06); what is not registered stays as it is, for the decider to refuse. */
export function registeredResource(state: ConfigState, asked: string | undefined): string | undefined {
  if (asked === undefined || asked in state.resources) return asked;
  const canonical = canonicalResource(asked);
  return Object.keys(state.resources).find((resource) => canonicalResource(resource) === canonical) ?? asked;
}

/** What every issuance rests on of the requester's own (design §4): agent, instance, IAT and the key that will sign, as of the append. */
export const requesterKeys = (of: { agentId: string; proofKey?: string; iatId?: string; kid: string }): readonly NotRevoked[] => [
  { kind: 'agent', id: of.agentId },
  { kind: 'key', id: of.kid },
  ...(of.proofKey === undefined ? [] : [{ kind: 'instance' as const, id: of.proofKey }]),
  ...(of.iatId === undefined ? [] : [{ kind: 'iat' as const, id: of.iatId }]),
];
