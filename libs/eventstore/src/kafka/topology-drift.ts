/** The cluster is not as `infra/kafka` declares it. Each line names a topic or principal, and the setting or right. */
export class TopologyDrift extends Error {
  override readonly name = 'TopologyDrift';
  constructor(readonly lines: readonly string[]) {
    super(`Kafka is not as infra/kafka says:\n${lines.map((line) => `  ${line}`).join('\n')}`);
  }
}
