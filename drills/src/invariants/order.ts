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

/**
 * What the relay has published of a topic, in the order of its partitions. Not what a drill has planted under the key of another stream: that may be the copy
 * of a genuine record, in a partition where nothing of its stream belongs.
 */
export async function published(cluster: Pick<Cluster, 'contentsOf'>, topic: string): Promise<readonly Placed[]> {
  const records = await cluster.contentsOf(topic);
  return records.flatMap(({ key, headers }) => {
    const sequence = headers?.['ce_sequence'];
    const stream = String(headers?.['ce_source']).replace(/^.*\/streams\//, '');
    return sequence === undefined || String(key) !== stream ? [] : [{ stream, revision: Number(String(sequence)) }];
  });
}
