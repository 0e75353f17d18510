import 'reflect-metadata';
import { runProcess } from '@chancery/platform';
import { loadStoreServiceConfig, readyLine, reasonOfService } from '@chancery/platform/composed';
import { start } from './start.js';

await runProcess({
  name: 'exchange',
  load: () => loadStoreServiceConfig('exchange'),
  start,
  reasonOf: reasonOfService,
  ready: readyLine('exchange'),
});
