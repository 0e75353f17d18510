/** Milliseconds. */
const patience = 5_000;
const mostBytes = 262_144;

export interface HttpJwks {
  readonly url: string;
  /** What says who asks, where the token service wants to know. */
  readonly headers?: () => Readonly<Record<string, string>>;
  readonly fetch?: typeof globalThis.fetch;
}

/** Reads the issuer's key set over HTTP: one address from configuration, no redirect, bounded in time and size. */
export const httpJwks =
  ({ url, headers = () => ({}), fetch = globalThis.fetch }: HttpJwks): (() => Promise<unknown>) =>
  async () => {
    const answer = await fetch(url, { headers: headers(), signal: AbortSignal.timeout(patience), redirect: 'error' });
    if (!answer.ok) throw new Error(`the key set was answered ${answer.status}`);
    const text = await answer.text();
    if (text.length > mostBytes) throw new Error('the key set is too large');
    return JSON.parse(text) as unknown;
  };
