export interface GroupCommit {
  /** Resolves once the line is durable, with all that waited beside it. */
  add(line: Buffer): Promise<void>;
  /** A write is on its way, or will be. */
  readonly busy: boolean;
  /** Bytes that wait, or are being written. */
  readonly bytes: number;
  /** Resolves at the end of the write that is on its way, however it ended. */
  round(): Promise<void>;
}

interface Waiting {
  readonly line: Buffer;
  resolve(): void;
  reject(error: unknown): void;
}

/** One write, and one fsync, for all lines that came while the one before was on its way. A write that fails fails for all of them. */
export function groupCommit(write: (lines: readonly Buffer[]) => Promise<void>): GroupCommit {
  let waiting: Waiting[] = [];
  let writing: Promise<void> | undefined;
  let bytes = 0;

  const round = async (): Promise<void> => {
    // What is added in the same breath goes along.
    await Promise.resolve();
    const batch = waiting;
    waiting = [];
    let failed: { error: unknown } | undefined;
    try {
      await write(batch.map(({ line }) => line));
    } catch (error) {
      failed = { error };
    }
    for (const { line } of batch) bytes -= line.length;
    writing = waiting.length > 0 ? round() : undefined;
    for (const { resolve, reject } of batch) {
      if (failed) reject(failed.error);
      else resolve();
    }
  };

  return {
    add: (line) =>
      new Promise((resolve, reject) => {
        waiting.push({ line, resolve, reject });
        bytes += line.length;
        writing ??= round();
      }),
    get busy() {
      return writing !== undefined;
    },
    get bytes() {
      return bytes;
    },
    round: () => writing ?? Promise.resolve(),
  };
}
