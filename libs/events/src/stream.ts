/** The categories of streams and who may write them: design §4, "Streams and roles". */
export const categories = ['agent', 'instance', 'iat', 'config', 'grant', 'user', 'key', 'operator'] as const;

export type Category = (typeof categories)[number];

/** The one tenant there is today; every stream name, reservation key and row carries it all the same. */
export const mainTenant = 'main';

/** Ids are ours: a fixed alphabet without the separator, so that a name has one reading (S-127). */
const idText = '[A-Za-z0-9_.-]{1,128}';
const idPattern = new RegExp(`^${idText}$`);
const namePattern = new RegExp(`^(${idText})/(${categories.join('|')})/(${idText})$`);

/** `tenant/category/id`. Throws a RangeError for an id outside the alphabet: a caller checks foreign input first. */
export function streamName(category: Category, id: string, tenant: string = mainTenant): string {
  if (!idPattern.test(id) || !idPattern.test(tenant)) throw new RangeError('a stream id is 1 to 128 of A-Z a-z 0-9 _ . -');
  return `${tenant}/${category}/${id}`;
}

/** Whether foreign input can name a stream at all; what cannot is unknown, not an error. */
export const canNameStream = (id: string): boolean => idPattern.test(id);

/** The tenant, category and id of a name that `streamName` makes. Throws a RangeError for any other text. */
export function parseStream(stream: string): { tenant: string; category: Category; id: string } {
  const [, tenant, category, id] = namePattern.exec(stream) ?? [];
  if (tenant === undefined || id === undefined) throw new RangeError('not a stream name');
  return { tenant, category: category as Category, id };
}
