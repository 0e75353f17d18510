/** What every answer has to be. */
export interface Expectation {
  readonly status: number;
  /** Texts that its body holds. */
  readonly contains: readonly string[];
  /** What follows this text in the body, up to the next quotation mark, is another one in every answer. */
  readonly distinct?: string;
}

/** One run of the load generator. */
export interface LoadOptions {
  readonly port: number;
  /** Whole requests as they go over the wire; see `rawRequest`. */
  readonly requests: readonly string[];
  /** They may be sent again from the start; otherwise each goes once, and the run ends with the last. */
  readonly again: boolean;
  readonly expect: Expectation;
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second, evenly; as fast as they are answered unless told. */
  readonly rate?: number;
}

/** What came of it. */
export interface LoadResult {
  /** Answers. */
  readonly count: number;
  /** Seconds it took. */
  readonly seconds: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Answers that were not what was expected, requests without an answer, and connections that were lost. */
  readonly wrong: number;
  /** The first of those, shortened. */
  readonly firstWrong?: string;
  /** Requests without an answer for ten seconds. */
  readonly timeouts: number;
  /** CPU seconds of the load generator. */
  readonly cpu: number;
}

/** Milliseconds. */
export const answerWithin = 10_000;

/** HTTP/1.1 as it is written on a connection that stays. */
export function rawRequest(request: {
  method: string;
  path: string;
  port: number;
  headers: Readonly<Record<string, string>>;
  body?: string;
}): string {
  const { method, path, port, headers, body } = request;
  const lines = Object.entries({
    host: `127.0.0.1:${port}`,
    ...headers,
    ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`;
}
