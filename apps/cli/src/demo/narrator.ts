import { printable, wrap } from '../text.js';
import type { Terminal } from '../terminal.js';

/** A step did not go as it must; it has been said on the terminal. */
export class NotHeld extends Error {
  override readonly name = 'NotHeld';
}

/** What a step shows for itself. */
export interface Evidence {
  /** One line that is true, or the end of the story: then `otherwise` says what was expected and what was seen. */
  readonly holds: (truth: boolean, fact: string, otherwise: string) => void;
}

export interface Narrator {
  /** Steps that held so far. */
  readonly held: number;
  /** Plays one step under its number and title. @throws NotHeld */
  readonly step: <T>(title: string, play: (evidence: Evidence) => Promise<T>) => Promise<T>;
}

const indent = '   ';
const widest = 80;

/** Tells a story on a terminal, a numbered line a step and its evidence below it. */
export function narrator({ out, columns, paint }: Terminal): Narrator {
  let held = 0;
  const line = (mark: string, text: string) => {
    const room = Math.min(columns ?? widest, widest) - indent.length - 2;
    for (const [index, part] of wrap(printable(text), room).entries()) out(`${indent}${index === 0 ? mark : ' '} ${part}`);
  };
  const fail = (text: string): never => {
    line(paint('red', '✗'), text);
    throw new NotHeld(text);
  };
  const evidence: Evidence = {
    holds: (truth, fact, otherwise) => (truth ? line(paint('green', '✓'), fact) : fail(otherwise)),
  };
  return {
    get held() {
      return held;
    },
    async step(title, play) {
      out('');
      out(paint('bold', `${held + 1}  ${title}`));
      try {
        const result = await play(evidence);
        held += 1;
        return result;
      } catch (error) {
        return error instanceof NotHeld ? Promise.reject(error) : fail(error instanceof Error ? error.message : String(error));
      }
    },
  };
}
