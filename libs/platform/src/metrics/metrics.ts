import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const registers = [new Registry()];

/** What this process counts. Labels are names from our own tables, never input: their number is bounded. */
export const metrics = {
  registry: registers[0] as Registry,
  requests: new Counter({
    name: 'chancery_requests_total',
    help: 'Answers, by service, route and status.',
    labelNames: ['service', 'endpoint', 'status'] as const,
    registers,
  }),
  requestSeconds: new Histogram({
    name: 'chancery_request_seconds',
    help: 'From the request line to the end of the answer.',
    labelNames: ['service', 'endpoint'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30],
    registers,
  }),
  refusals: new Counter({
    name: 'chancery_refusals_total',
    help: 'Requests refused, by reason.',
    labelNames: ['service', 'reason'] as const,
    registers,
  }),
  refusalsDropped: new Counter({
    name: 'chancery_refusals_dropped_total',
    help: 'Refusal records that found no room while the bus was away.',
    labelNames: ['service'] as const,
    registers,
  }),
  fetches: new Counter({
    name: 'chancery_fetches_total',
    help: 'Documents of others that were asked for, by what came of it: fetched, or why not.',
    labelNames: ['outcome'] as const,
    registers,
  }),
  revocationLag: new Gauge({
    name: 'chancery_revocation_lag_seconds',
    help: 'Age of the heartbeat a gateway is complete through.',
    labelNames: ['gateway'] as const,
    registers,
  }),
  spoolBytes: new Gauge({
    name: 'chancery_spool_bytes',
    help: 'Bytes of activity records that wait on the disk until the bus takes them.',
    labelNames: ['gateway'] as const,
    registers,
  }),
  spoolRecords: new Gauge({
    name: 'chancery_spool_records',
    help: 'Activity records that wait on the disk until the bus takes them.',
    labelNames: ['gateway'] as const,
    registers,
  }),
  relayBehind: new Gauge({
    name: 'chancery_relay_behind_seconds',
    help: 'Age of the oldest event that is not on the bus yet, whoever relays.',
    registers,
  }),
  relayLeading: new Gauge({
    name: 'chancery_relay_leading',
    help: 'Whether this process is the one that relays.',
    registers,
  }),
  revocationAlarms: new Counter({
    name: 'chancery_revocation_alarms_total',
    help: 'Alarms about the revocation set, by reason.',
    labelNames: ['gateway', 'reason'] as const,
    registers,
  }),
  leaseAlarms: new Counter({
    name: 'chancery_lease_alarms_total',
    help: 'Times that leases were not reaped, by reason.',
    labelNames: ['reason'] as const,
    registers,
  }),
  baggageDropped: new Counter({
    name: 'chancery_baggage_dropped_total',
    help: 'Calls whose baggage was malformed or over the limits, and so is in no record.',
    labelNames: ['service'] as const,
    registers,
  }),
  busAlarms: new Counter({
    name: 'chancery_bus_alarms_total',
    help: 'Records quarantined or held back.',
    labelNames: ['service', 'topic'] as const,
    registers,
  }),
};
