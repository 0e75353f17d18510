import 'reflect-metadata';
import { runProcess } from '@chancery/platform';
import { loadStoreServiceConfig, readyLine, reasonOfService } from '@chancery/platform/composed';
import { start } from './start.js';

await runProcess({
  name: 'registration',
  load: () => loadStoreServiceConfig('registration'),
  start,
  reasonOf: reasonOfService,
  ready: readyLine('registration'),
});
