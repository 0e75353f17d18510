import { config, resourceOf } from '@chancery/domain';
import type { EventStore } from '@chancery/eventstore';
import { streamName } from '@chancery/events';
import { z } from 'zod';
import { ConfigError } from '../config/config.js';
import { until } from '../lifecycle/until.js';

/**
 * That this database was made for this issuer: the first start defined its operators' API, which stays. Under another name a service would sign what
 * nobody asked for. @throws ConfigError; what the store throws
 */
export async function checkIssuer(store: Pick<EventStore, 'fold'>, issuer: string): Promise<void> {
  const { state, revision } = await store.fold(streamName('config', 'main'), config, 'fresh');
  if (revision === 0) throw new ConfigError('CHANCERY_SECRETS', 'the database had no first start yet: it has to be prepared');
  if (!resourceOf(state, `${issuer}/admin`)) throw wrongIssuer();
}

const metadata = z.object({ issuer: z.string() });

/**
 * The same for whoever has no database: what the token service says it is (RFC 8414 §3.3).
 * @param ask reads its metadata, and is asked again while that fails
 * @throws ConfigError; Error when nothing was said for a minute, or the start is given up
 */
export async function checkStatedIssuer(ask: () => Promise<unknown>, issuer: string, signal: AbortSignal): Promise<void> {
  let stated: string | undefined;
  const missing = async (): Promise<readonly string[]> => {
    const parsed = metadata.safeParse(await ask().catch(() => undefined));
    stated = parsed.data?.issuer;
    return stated === undefined ? ['token service'] : [];
  };
  await until(missing, signal);
  if (stated !== issuer) throw wrongIssuer();
}

const wrongIssuer = (): ConfigError => new ConfigError('CHANCERY_ISSUER', 'is not the one that the database was prepared for');
