/** One record for SIEMs: OCSF as JSON. */
export interface SiemRecord {
  /** The agent it is about, where there is one: order is kept per key. */
  readonly key: string;
  readonly value: Uint8Array;
  /** `position`: the log's own number of the entry it was made from; and `content-type`. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The topic `chancery.siem.ocsf`, for its one publisher. */
export interface SiemTopic {
  /**
   * Resolves when all are durable, however long the cluster is away.
   * @param signal when it aborts, what has not gone out goes out no more
   * @throws Error when it was aborted or closed, or the cluster refuses the records: it is not known what is there
   */
  publish(records: readonly SiemRecord[], signal?: AbortSignal): Promise<void>;
  /** Those positions behind `after` that are on the topic already. */
  written(after: bigint): Promise<ReadonlySet<bigint>>;
  /** What is being published fails. */
  close(): Promise<void>;
}
