import 'reflect-metadata';
import { runProcess } from '@chancery/platform';
import { loadGatewayConfig, readyLine } from '@chancery/platform/composed';
import { start } from './start.js';

await runProcess({
  name: 'gateway',
  load: () => loadGatewayConfig(),
  start,
  ready: readyLine('gateway'),
});
