// Holds a revocation set as a gateway does, and says how many bytes an entry takes.
import { RevocationSet } from '@chancery/eventstore';
import { newId } from '@chancery/platform';

const held = (): number => {
  // Twice: what has a finaliser goes at the second.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

process.on('message', ({ entries }: { entries: number }) => {
  const before = held();
  const set = new RevocationSet();
  const at = Date.now() * 1_000;
  for (let position = 1; position <= entries; position++) {
    // As it arrives: out of the JSON of a record.
    const { id } = JSON.parse(`{"id":"${newId('gr')}"}`) as { id: string };
    set.apply({ kind: 'grant', id, t: 'for-ever', position: BigInt(position), at });
  }
  const bytes = (held() - before) / set.size;
  process.send?.({ bytes });
});
console.log('ready');
