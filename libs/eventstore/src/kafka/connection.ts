import { connect as connectPlain, isIP } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { type ISocketFactory, Kafka, logLevel } from 'kafkajs';

/** How to reach a cluster, and as whom. */
export interface KafkaConnection {
  /** `host:port` of some brokers; the others are heard of. */
  readonly brokers: readonly string[];
  /** The service's name. Its consumer groups begin with `chancery.<clientId>.`, which its rights are for. */
  readonly clientId: string;
  /** Absent: no TLS. */
  readonly ssl?: ConnectionOptions;
  /** Whom to log in as, with SCRAM-SHA-512; absent: no authentication. */
  readonly sasl?: { readonly username: string; readonly password: string };
  /** Before the names of topics and groups: several Chanceries on one cluster. */
  readonly prefix?: string;
  /** Where a broker's own address is reached from here; as it is unless told. */
  readonly reach?: (address: { host: string; port: number }) => { host: string; port: number };
  /** What was wrong and is being tried again. */
  onTrouble?(error: unknown): void;
}

/** A client whose requests give up after some seconds of trying; who needs more tries again. */
export function openKafka({ brokers, clientId, ssl, sasl, reach, onTrouble }: KafkaConnection): Kafka {
  return new Kafka({
    brokers: [...brokers],
    clientId,
    ...(ssl && { ssl }),
    ...(sasl && { sasl: { mechanism: 'scram-sha-512', ...sasl } }),
    connectionTimeout: 3_000,
    requestTimeout: 15_000,
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 8 },
    logLevel: logLevel.ERROR,
    // With endless retries inside, its log is the only place that tells of a broker that is away.
    logCreator: () => (entry) => onTrouble?.(new Error(`${entry.namespace}: ${entry.log.message}`)),
    ...(reach && { socketFactory: reachingBy(reach) }),
  });
}

export const topicName = ({ prefix = '' }: KafkaConnection, topic: string): string => `${prefix}${topic}`;

/** Members of a group follow each topic as a group of its own: one that is held up holds up no other. */
export const groupName = ({ prefix = '', clientId }: KafkaConnection, group: string, topic: string): string =>
  `${prefix}chancery.${clientId}.${group}.${topic.replace('chancery.', '')}`;

/** The option that kafkajs has for this, filled as its own default is. */
const reachingBy =
  (reach: NonNullable<KafkaConnection['reach']>): ISocketFactory =>
  ({ host, port, ssl, onConnect }) => {
    const at = reach({ host, port });
    // The certificate is for the broker's own name, whichever way it is reached.
    const socket = ssl ? connectTls({ ...at, ...(!isIP(host) && { servername: host }), ...ssl }, onConnect) : connectPlain(at, onConnect);
    return socket.setKeepAlive(true, 60_000);
  };
