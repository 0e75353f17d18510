// A process of its own for the load, so that it can have a core of its own: reads its task from the file it is told, and prints what came of it.
import { readFileSync } from 'node:fs';
import type { LoadOptions } from './load.js';
import { sendLoad } from './send-load.js';

const task = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as LoadOptions;
console.log(JSON.stringify(await sendLoad(task)));
