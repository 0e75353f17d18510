// Appends by itself, in one of the ways that are compared.
import { type AppendOutcome, openEventStore } from '@chancery/eventstore';
import { type Basis, guardedIssuance } from '../samples.js';
import { type BusyTask, keepBusy } from './keep-busy.js';
import { plainInserts } from './plain-inserts.js';

export interface AppendingTask {
  /** `grouped` as the services open it, `single` one append a call through twenty connections, `plain` a grouped insert that checks nothing. */
  readonly way: 'grouped' | 'single' | 'plain';
  /** Of the token service's role, or of the owner for `plain`. */
  readonly url: string;
  readonly bases: readonly Basis[];
}

const { way, url, bases } = JSON.parse(process.argv[2] ?? '') as AppendingTask;

const open = (): Promise<{ append(basis: Basis): Promise<string | undefined> }> => (way === 'plain' ? plainInserts(url, 2) : openStore());

async function openStore() {
  const store = await openEventStore({ url, role: 'token', ...(way === 'single' && { lanes: 20, batch: 1 }) });
  return { append: async (basis: Basis) => troubleOf(await store.append(guardedIssuance(basis))) };
}

const troubleOf = ({ outcome }: AppendOutcome): string | undefined => (outcome === 'recorded' ? undefined : `an append was ${outcome}`);

const store = await open();
let nth = 0;
process.on('message', (task: BusyTask) => {
  void keepBusy(task, () => store.append(bases[nth++ % bases.length] as Basis)).then((result) => process.send?.(result));
});
console.log('ready');
