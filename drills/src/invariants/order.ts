import type { Cluster } from '@chancery/testing';

/** One record of a topic as far as its order goes. */
export interface Placed {
  readonly stream: string;
  readonly revision: number;
}

/** Revisions that came before an earlier one of their stream: again is allowed, later than expected is not. */
export function outOfOrder(records: readonly Placed[]): string[] {
  const last = new Map<string, number>();
  return records.flatMap(({ stream, revision }) => {
    const before = last.get(stream) ?? 0;
    last.set(stream, Math.max(before, revision));
    return revision > before + 1 ? [`${stream}: ${revision} after ${before}`] : [];
  });
}

/** What the relay has published of a topic, in the order of its partitions. */
export async function published(cluster: Cluster, topic: string): Promise<readonly Placed[]> {
  const records = await cluster.contentsOf(topic);
  return records.flatMap(({ headers }) => {
    const sequence = headers?.['ce_sequence'];
    return sequence === undefined
      ? []
      : [{ stream: String(headers?.['ce_source']).replace(/^.*\/streams\//, ''), revision: Number(String(sequence)) }];
  });
}
