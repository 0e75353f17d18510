import 'reflect-metadata';
import { runProcess } from '@chancery/platform';
import { loadGatewayConfig, readyLine, reasonOfService } from '@chancery/platform/composed';
import { start } from './start.js';

await runProcess({
  name: 'gateway',
  load: () => loadGatewayConfig(),
  start,
  reasonOf: reasonOfService,
  ready: readyLine('gateway'),
});
