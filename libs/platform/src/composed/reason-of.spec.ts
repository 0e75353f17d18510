import { describe, expect, it } from 'vitest';
import { ConfigError } from '../config/config.js';
import { reasonOfService } from './reason-of.js';

describe('why a service did not start', () => {
  it('is said by settings that it has', () => {
    expect(reasonOfService(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }))).toBe(
      'CHANCERY_SECRETS: the server of database-url does not answer (ECONNREFUSED)',
    );
    expect(reasonOfService(new ConfigError('CHANCERY_MASTER_KEY', 'does not open the key that signs for access-token'))).toBe(
      'CHANCERY_SECRETS: sealing-keys.json does not open the key that signs for access-token',
    );
  });

  it('is the error’s own word otherwise', () => {
    expect(reasonOfService(new ConfigError('CHANCERY_PORT', 'is taken'))).toBeUndefined();
    expect(reasonOfService(new Error('anything'))).toBeUndefined();
  });
});
