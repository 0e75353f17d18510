import { open, rename, rm } from 'node:fs/promises';
import { fileTrouble } from './file-trouble.js';

/** Writes batches of lines to a file that only its owner may read. It has its name once it is whole, or never. @throws Refused */
export async function writeLines(file: string, batches: AsyncIterable<readonly Buffer[]>): Promise<void> {
  const draft = `${file}.part`;
  try {
    const handle = await open(draft, 'w', 0o600);
    try {
      for await (const lines of batches) await handle.writeFile(Buffer.concat(lines));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw fileTrouble(error, `${file} cannot be written`);
  }
}
