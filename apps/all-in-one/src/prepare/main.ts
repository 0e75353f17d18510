import 'reflect-metadata';
import { runProcess } from '@chancery/platform';
import { loadPrepareConfig } from '@chancery/platform/composed';
import { reasonOf } from '../reason-of.js';
import { prepare } from './prepare.js';

await runProcess({
  name: 'prepare',
  load: loadPrepareConfig,
  start: prepare,
  ready: (prepared) => `chancery prepared ${JSON.stringify(prepared)}`,
  once: true,
  reasonOf,
});
