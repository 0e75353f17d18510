/** Writes a line to standard error with the name of who wrote it in front. */
export const tell = (name: string, line: string): void => void process.stderr.write(`${name.padEnd(12)} | ${line}\n`);
