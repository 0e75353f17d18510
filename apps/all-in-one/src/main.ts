import 'reflect-metadata';
import { loadConfig, runProcess } from '@chancery/platform';
import { reasonOf } from './reason-of.js';
import { start } from './start.js';

await runProcess({
  name: 'chancery',
  load: loadConfig,
  start,
  ready: ({ issuer, operator }) => `chancery ready ${JSON.stringify({ issuer, console: `${issuer}/console/`, operator })}`,
  reasonOf,
});
