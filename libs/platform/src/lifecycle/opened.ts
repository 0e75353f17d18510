import type { Log } from '../logs/log.js';

/** What was opened and has to be closed, newest first. It is there before anything is, so that whoever must leave at any moment can close it. */
export class Opened {
  readonly #closings: { readonly name: string; close(): Promise<void> | void }[] = [];

  /** Remembers how to close a thing, and answers the thing. */
  keep<Thing>(name: string, thing: Thing, close: (thing: Thing) => Promise<void> | void): Thing {
    this.#closings.unshift({ name, close: () => close(thing) });
    return thing;
  }

  /** Closes each once; one that cannot be closed does not keep the others open. */
  async close(log: Log): Promise<void> {
    for (const { name, close } of this.#closings.splice(0)) {
      try {
        await close();
      } catch (err) {
        log.error({ name, err }, 'closing failed here');
      }
    }
  }
}
