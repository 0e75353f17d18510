import { patiently } from '../client/operator.js';
import type { Site } from '../stack/site.js';

/** A record that waits for somebody's decision. */
export interface Quarantined {
  readonly id: string;
  readonly key: string;
  readonly type: string;
  readonly cause: string;
}

export async function quarantined({ operator }: Pick<Site, 'operator'>): Promise<readonly Quarantined[]> {
  const { status, body } = await patiently(() =>
    operator.operate({ scope: 'chancery:audit', method: 'GET', path: '/quarantine?limit=1000' }),
  );
  if (status !== 200) throw new Error(`the quarantine could not be read: ${status}`);
  return body.records as readonly Quarantined[];
}
