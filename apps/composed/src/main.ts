import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { DataFolderUnreachableError } from '@chancery/eventstore/embedded';
import { runProcess } from '@chancery/platform';
import { loadComposedConfig } from '@chancery/platform/composed';
import { type Only, onlyNames, startOnly } from './only.js';
import { start } from './start.js';

function wanted(): Only | undefined {
  try {
    const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;
    if (only === undefined || onlyNames.includes(only as Only)) return only as Only | undefined;
  } catch {
    // Said below.
  }
  console.error(`usage: npm run composed [-- --only ${onlyNames.join('|')}]`);
  return process.exit(2);
}

const only = wanted();
const common = {
  name: 'composed',
  load: loadComposedConfig,
  within: 40_000,
  reasonOf: (error: unknown) => (error instanceof DataFolderUnreachableError ? `CHANCERY_DATA: ${error.message}` : undefined),
};
await (only === undefined
  ? runProcess({ ...common, start, ready: (composed) => `chancery ready ${JSON.stringify(composed)}` })
  : runProcess({ ...common, start: (starting) => startOnly(only, starting), ready: (line) => `chancery ${only} ready ${line}` }));
