import { ConfigError } from '../config/config.js';
import { awayCode } from '../lifecycle/away-code.js';

/** Why a service did not start, by the settings it has: its database and its keys are among its secrets. */
export function reasonOfService(error: unknown): string | undefined {
  const code = awayCode(error);
  if (code !== undefined) return `CHANCERY_SECRETS: the server of database-url does not answer (${code})`;
  if (error instanceof ConfigError && error.setting === 'CHANCERY_MASTER_KEY')
    return error.message.replace('CHANCERY_MASTER_KEY:', 'CHANCERY_SECRETS: sealing-keys.json');
  return undefined;
}
