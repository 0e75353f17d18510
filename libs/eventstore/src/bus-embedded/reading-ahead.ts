import type { Cursor } from '../contract.js';
import { compareCursors } from '../reader/cursor.js';
import type { Source, SourcePage } from './source.js';

interface Ahead {
  readonly after: Cursor;
  readonly limit: number;
  /** Undefined when it could not be read: whoever needs it reads it himself and hears why. */
  readonly page: Promise<SourcePage | undefined>;
}

/**
 * A source of what never changes once it is there, whose next page is on its way while a full one is handled. One that was not full when it was read ahead
 * is read again: more may have come, and a wake-up for that is over.
 */
export function readingAhead(source: Source): Source {
  let ahead: Ahead | undefined;

  const take = async (after: Cursor, limit: number): Promise<SourcePage | undefined> => {
    const known = ahead;
    ahead = undefined;
    if (known?.limit !== limit || compareCursors(known.after, after) !== 0) return undefined;
    const page = await known.page;
    return page?.full === true ? page : undefined;
  };
  return {
    newest: () => source.newest(),
    async page(after, limit) {
      const page = (await take(after, limit)) ?? (await source.page(after, limit));
      if (page.full) ahead = { after: page.cursor, limit, page: source.page(page.cursor, limit).catch(() => undefined) };
      return page;
    },
  };
}
