import 'reflect-metadata';
import { runProcess } from '@chancery/platform';
import { loadStoreServiceConfig, readyLine } from '@chancery/platform/composed';
import { start } from './start.js';

await runProcess({
  name: 'registration',
  load: () => loadStoreServiceConfig('registration'),
  start,
  ready: readyLine('registration'),
});
