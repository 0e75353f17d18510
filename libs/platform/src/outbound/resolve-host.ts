import { promises } from 'node:dns';
import { limits } from '@chancery/oauth';

/** Every address of a name, in any order; none where there are none. Gives up when the signal says so. */
export type ResolveHost = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

/**
 * Asks DNS itself, for both families: neither the hosts file nor a search list gets to say what a name means, and no thread waits for the answer.
 * @param servers `address:port` each; the system's when absent
 */
export const openResolver =
  (servers?: readonly string[]): ResolveHost =>
  async (name, signal) => {
    const resolver = new promises.Resolver({ timeout: limits.fetchConnectSeconds * 1_000, tries: 2 });
    if (servers) resolver.setServers(servers);
    const cancel = (): void => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
      return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };
