import 'reflect-metadata';
import { runProcess } from '@chancery/platform';
import { loadStoreServiceConfig, readyLine, reasonOfService } from '@chancery/platform/composed';
import { start } from './start.js';

await runProcess({
  name: 'token',
  load: () => loadStoreServiceConfig('token'),
  start,
  reasonOf: reasonOfService,
  ready: readyLine('token'),
});
