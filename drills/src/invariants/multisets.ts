import type { Behind, Cluster } from '@chancery/testing';

/** What is in one multiset oftener than in the other, each with how often it is there and here. */
export function difference(expected: readonly string[], found: readonly string[]): string[] {
  const counts = new Map<string, [number, number]>();
  const count = (items: readonly string[], side: 0 | 1): void => {
    for (const item of items) {
      const both = counts.get(item) ?? [0, 0];
      both[side] += 1;
      counts.set(item, both);
    }
  };
  count(expected, 0);
  count(found, 1);
  return [...counts]
    .filter(([, [here, there]]) => here !== there)
    .map(([item, [here, there]]) => `${item}: ${here} expected, ${there} found`);
}

const issuances = `type in ('grant.token-issued', 'grant.token-exchanged')`;

/** `jti` of every issuance, as often as it is there. */
export async function jtisOf(behind: Behind, table: 'es.event' | 'audit.log_entry'): Promise<readonly string[]> {
  const rows = await behind.query<{ jti: string }>(
    `select convert_from(data, 'utf8')::jsonb ->> 'jti' as jti from ${table} where ${issuances}`,
  );
  return rows.map(({ jti }) => jti);
}

interface Ocsf {
  readonly authentication_token?: { readonly uid: string };
}

/** `jti` of every issuance that SIEMs were told of, as often as they were. */
export async function jtisTold(cluster: Cluster): Promise<readonly string[]> {
  const records = (await cluster.contentsOf('chancery.siem.ocsf')).map(({ value }) => JSON.parse(String(value)) as Ocsf);
  return records.flatMap(({ authentication_token: token }) => (token ? [token.uid] : []));
}
