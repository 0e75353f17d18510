import { inspect } from 'node:util';

const shown = '[secret]';

/** Bytes that print as `[secret]` wherever an object is printed: JSON, `util.inspect`, template strings. */
export class Secret {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  reveal(): Uint8Array {
    return this.#bytes;
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [inspect.custom](): string {
    return shown;
  }
}
