/** What a log line may carry: names, numbers and reasons. There is no field for a header, a body, a query or a token. */
export interface LogFields {
  readonly requestId?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly method?: string | undefined;
  readonly status?: number | undefined;
  /** Milliseconds. */
  readonly ms?: number | undefined;
  readonly reason?: string | undefined;
  readonly agent?: string | undefined;
  readonly grant?: string | undefined;
  readonly kid?: string | undefined;
  readonly purpose?: string | undefined;
  readonly topic?: string | undefined;
  readonly group?: string | undefined;
  readonly stream?: string | undefined;
  readonly type?: string | undefined;
  readonly position?: string | undefined;
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly count?: number | undefined;
  readonly port?: number | undefined;
  readonly pid?: number | undefined;
  /** Of errors that are ours the text, of all others the name, the code and where it happened. */
  readonly err?: unknown;
}

/** Structured log. `message` is a constant of the code, never built from input. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** For specs and for parts that somebody did not give a log. */
/** Writes nothing. */
export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
