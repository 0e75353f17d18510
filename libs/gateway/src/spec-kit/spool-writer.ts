import { openSpool } from '../spool/spool.js';
import { activity, moodyBus } from './spooling.js';

// A process of its own for specs that kill it: what it says on standard output was promised to be durable.
const [folder = '', first = '1'] = process.argv.slice(2);
const silent = () => undefined;
const spool = openSpool({
  bus: moodyBus('away'),
  gateway: 'gw-1',
  folder,
  maxBytes: 64 * 1_048_576,
  log: { debug: silent, info: silent, warn: silent, error: silent },
  patience: 20,
});
await spool.start();
console.log('open');
/** As many calls at once as a busy gateway has. */
const lanes = 16;
let next = Number(first);
const call = async (): Promise<void> => {
  for (;;) {
    const number = next++;
    await spool.publish([activity(number)], 'spool');
    console.log(`durable ${number}`);
  }
};
await Promise.all(Array.from({ length: lanes }, call));
