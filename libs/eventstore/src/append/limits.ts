/** The most that one append may hold. A decider that comes near one of these decides too much at once; SQL takes fewer than 4 096 events a call. */
export const appendLimits = {
  streams: 16,
  events: 256,
  reservations: 64,
  unchanged: 64,
  notRevoked: 256,
  /** Bytes of one event's data. */
  eventBytes: 256 * 1024,
} as const;
