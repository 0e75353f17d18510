import type { Bus, BusRecord } from '@chancery/eventstore';
import { checkTopics, type KafkaConnection, loadTopology, openKafkaBus, TopologyDrift } from '@chancery/eventstore/kafka';
import { ConfigError } from '../config/config.js';
import type { Log } from '../logs/log.js';
import type { KafkaSettings } from './kafka-settings.js';
import type { ServiceConfig } from './service-config.js';

export interface ServiceBus {
  readonly config: Pick<ServiceConfig, 'service' | 'kafka' | 'secrets' | 'issuer'>;
  readonly log: Log;
  /** `relay` logs in as the relay, which is the one that may write what comes from the store. */
  readonly as?: 'relay';
  /** Milliseconds; see `KafkaBusOptions`. */
  readonly giveUpAfter?: number;
  /** Why a record of the revocations topic is not by who signs them. */
  readonly verify?: (record: BusRecord) => string | undefined;
}

/** The bus, under this service's login and MAC keys. */
export function openServiceBus({ config, log, as, giveUpAfter, verify }: ServiceBus): Bus {
  return openKafkaBus({
    ...kafkaConnection(config, log, as),
    issuer: config.issuer,
    macKeys: config.secrets.macKeys(),
    ...(giveUpAfter !== undefined && { giveUpAfter }),
    ...(verify && { verify }),
  });
}

export function kafkaConnection({ service, kafka, secrets }: ServiceBus['config'], log: Log, as?: 'relay'): KafkaConnection {
  const sasl = secrets.kafkaLogin(as && 'relay-kafka.json');
  return { ...reach(kafka, log), clientId: as ?? service, ...(sasl && { sasl }) };
}

export const reach = ({ brokers, ssl, prefix }: KafkaSettings, log: Log): Omit<KafkaConnection, 'clientId'> => ({
  brokers,
  ...(ssl && { ssl: ssl.ca === undefined ? {} : { ca: ssl.ca } }),
  prefix,
  onTrouble: (err) => log.warn({ err }, 'the bus is being waited for'),
});

/** The rights of this service's principal, by the declaration under `infra/kafka`. */
const topicsOf = (topology: ReturnType<typeof loadTopology>, principal: string): readonly string[] => {
  const rights = topology.principals[`svc-${principal}`];
  return rights ? [...new Set([...rights.write, ...rights.read])] : [];
};

/**
 * That the topics this service uses are what `infra/kafka` declares (S-174). A cluster that does not answer is waited for later: tokens are issued
 * without it. @throws ConfigError for topics that are otherwise
 */
export async function checkOwnTopics(config: ServiceBus['config'], log: Log, as?: 'relay'): Promise<void> {
  const topology = loadTopology(config.kafka.topology);
  try {
    await checkTopics(kafkaConnection(config, log, as), topology, topicsOf(topology, as ?? config.service));
  } catch (error) {
    if (error instanceof TopologyDrift) throw new ConfigError('CHANCERY_KAFKA', error.message, { cause: error });
    log.warn({ err: error }, 'the topics could not be checked: the cluster does not answer');
  }
}
