// The bare cost of a signature and of its verification, with the keys at hand: nothing that signs or verifies can do with less.
import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const data = randomBytes(500);
const signing = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
const verifying = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
const signature = sign('sha256', data, signing);

/** Microseconds of CPU. */
function costOf(work: () => unknown, milliseconds: number): number {
  const before = process.cpuUsage();
  const until = performance.now() + milliseconds;
  let count = 0;
  while (performance.now() < until) {
    for (let nth = 0; nth < 16; nth++) work();
    count += 16;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

process.on('message', ({ milliseconds }: { milliseconds: number }) => {
  const cost = {
    sign: costOf(() => sign('sha256', data, signing), milliseconds),
    verify: costOf(() => verify('sha256', data, verifying, signature), milliseconds),
  };
  process.send?.(cost);
});
console.log('ready');
