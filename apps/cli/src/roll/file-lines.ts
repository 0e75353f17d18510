import { createReadStream } from 'node:fs';
import { fileTrouble } from './file-trouble.js';

const lineEnd = 0x0a;
/** Bytes. No line of a roll is as long; a file without any line break must not be held in memory. */
const longest = 16 * 1024 * 1024;

/** The lines of a file with their ends, in batches; the last one without where the file was cut. @throws Refused */
export async function* fileLines(file: string): AsyncGenerator<readonly Buffer[]> {
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
      const { lines, left } = split(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]));
      rest = left;
      yield lines;
      if (rest.length > longest) break;
    }
  } catch (error) {
    throw fileTrouble(error, `${file} cannot be read`);
  }
  if (rest.length > 0) yield [rest];
}

function split(bytes: Buffer): { lines: readonly Buffer[]; left: Buffer } {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(lineEnd); end >= 0; end = bytes.indexOf(lineEnd, start)) {
    lines.push(bytes.subarray(start, end + 1));
    start = end + 1;
  }
  return { lines, left: bytes.subarray(start) };
}
