import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { loadConfig, runProcess } from '@chancery/platform';
import { reasonOf } from '../reason-of.js';
import { type ResetAsked, resetTo } from './reset.js';

function wanted(): ResetAsked {
  try {
    const { reason = '', keep = false } = parseArgs({ options: { reason: { type: 'string' }, keep: { type: 'boolean' } } }).values;
    if (reason.length > 0 && reason.length <= 512) return { reason, keep };
  } catch {
    // Said below.
  }
  console.error('usage: operator-reset --reason TEXT [--keep]; TEXT has at most 512 characters');
  return process.exit(2);
}

const asked = wanted();
await runProcess({
  name: 'operator-reset',
  load: loadConfig,
  start: (starting) => resetTo(asked, starting),
  ready: (made) => `chancery operator ${JSON.stringify(made)}`,
  once: true,
  reasonOf,
});
