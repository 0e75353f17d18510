/** Milliseconds. */
const patience = 5_000;
const mostBytes = 262_144;

/** Reads the issuer's key set over HTTP: one address from configuration, no redirect, bounded in time and size. */
export const httpJwks =
  (url: string, fetch: typeof globalThis.fetch = globalThis.fetch): (() => Promise<unknown>) =>
  async () => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(patience), redirect: 'error' });
    if (!answer.ok) throw new Error(`the key set was answered ${answer.status}`);
    const text = await answer.text();
    if (text.length > mostBytes) throw new Error('the key set is too large');
    return JSON.parse(text) as unknown;
  };
