import type { AdminApi } from '../admin.js';
import { cutCheckpoint, type Frame, pageSize, readEntries, readFrame, type RollRange } from './roll-api.js';

/** A checkpoint is cut over the roll of the running Chancery; then it is clear which entries it has. @throws Refused */
export async function signedFrame(admin: AdminApi, range: RollRange): Promise<Frame> {
  await cutCheckpoint(admin, 'have the roll signed');
  return readFrame(admin, range);
}

/** The lines of an export with their ends, in batches, as they come. @throws Refused */
export async function* liveLines(admin: AdminApi, { from, to, header, proofs }: Frame): AsyncGenerator<readonly Buffer[]> {
  yield [line(header)];
  for (let start = from; start <= to; start += pageSize)
    yield (await readEntries(admin, { from: start, to: Math.min(to, start + pageSize - 1) })).map(line);
  yield proofs.map(line);
}

const line = (text: string): Buffer => Buffer.from(`${text}\n`);
