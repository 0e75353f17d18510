import { topics } from '@chancery/events';
import type { BusRecord } from '../bus.js';

/**
 * Why a record is not its writer's to write, or undefined when it is. The relay writes what comes from the store. Of activity every service writes its own
 * (`main/service/<service>`, `main/<service>/…`), but the token service passes on what gateways without Kafka acknowledge.
 * @param writer whose MAC it has; undefined for a key of nobody's
 */
export function whyMisattributed({ topic, source, type }: BusRecord, writer: string | undefined): string | undefined {
  // Whoever sets something aside writes it there, under the source that it came from.
  if (topic === topics.quarantine) return undefined;
  const [, kind, name] = source.split('/');
  const passedOn = topic === topics.activity && writer === 'token' && kind === 'gateway' && type === 'gateway.acknowledged';
  const whose = topic === topics.activity ? (kind === 'service' ? name : kind) : 'relay';
  return writer !== undefined && (passedOn || writer === whose) ? undefined : 'its MAC is by another service than it says';
}
