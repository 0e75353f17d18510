import type { ServiceApp } from '@chancery/platform';

/** `fetch` that ends at a service of this process: the same controller, the same checks, no socket. Any host will do. */
export const inProcessFetch =
  (service: ServiceApp): typeof globalThis.fetch =>
  async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = Object.fromEntries(new Headers(init?.headers).entries());
    const answer = await service.app.inject({
      method: init?.method === 'POST' ? 'POST' : 'GET',
      url: `${url.pathname}${url.search}`,
      headers,
      ...(typeof init?.body === 'string' && { payload: init.body }),
      ...(init?.signal && { signal: init.signal }),
    });
    return new Response(new Uint8Array(answer.rawPayload), { status: answer.statusCode });
  };
