import type { ServerResponse } from 'node:http';

export interface HeldAnswer {
  /** Resolves when this status may be answered. */
  record(status: number): Promise<void>;
  /** Answers after `record` rejected; what the upstream wrote is dropped. */
  instead(error: unknown): void;
}

/** Nobody was there any more to be answered; the call was let through all the same. */
const clientGone = 499;

/**
 * Lets an answer begin only once its status was recorded (GW-18): from the head on, everything the upstream writes waits for that.
 * Bodies are streamed: what waits is what the upstream writes before it is told to go on.
 */
export function holdAnswer(res: ServerResponse, { record, instead }: HeldAnswer): void {
  const { writeHead, write, end, flushHeaders } = res;
  const before = Object.entries(res.getHeaders());
  let held: (() => void)[] | undefined;
  let dropped = false;

  const restore = (): void => void Object.assign(res, { writeHead, write, end, flushHeaders });
  const release = (): void => {
    restore();
    try {
      for (const step of held ?? []) step();
      res.emit('drain');
    } catch {
      // An upstream that contradicts itself, such as by a second head: the answer cannot be finished.
      res.destroy();
    }
  };
  const replace = (error: unknown): void => {
    restore();
    for (const name of res.getHeaderNames()) res.removeHeader(name);
    for (const [name, value] of before) if (value !== undefined) res.setHeader(name, value);
    instead(error);
    dropped = true;
    // The upstream may go on writing into an answer that is over.
    Object.assign(res, { write: () => false, end: () => res, writeHead: () => res });
  };
  const hold = (step: () => void, status: number): void => {
    if (dropped) return;
    if (held === undefined) {
      held = [];
      void record(status).then(release, replace);
    }
    held.push(step);
  };

  res.once('close', () => {
    if (held === undefined) hold(() => undefined, clientGone);
  });
  res.writeHead = ((...args: Parameters<typeof writeHead>) => {
    hold(() => void writeHead.apply(res, args), args[0]);
    res.statusCode = args[0];
    return res;
  }) as typeof res.writeHead;
  res.write = ((...args: Parameters<typeof write>) => {
    hold(() => void write.apply(res, args), res.statusCode);
    return false; // until `drain`
  }) as typeof res.write;
  res.end = ((...args: Parameters<typeof end>) => {
    hold(() => void end.apply(res, args), res.statusCode);
    return res;
  }) as typeof res.end;
  res.flushHeaders = () => hold(() => flushHeaders.apply(res), res.statusCode);
}
