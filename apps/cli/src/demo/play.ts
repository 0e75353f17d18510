import { openAdmin } from '../admin.js';
import { Refused } from '../failure.js';
import { readOperator } from '../operator.js';
import type { Terminal } from '../terminal.js';
import { NotHeld, narrator } from './narrator.js';
import { defaultPatience } from './stage.js';
import { story } from './story.js';

/** Tells the story at the Chancery of a credential file and answers the exit status: 0 only if every step held. */
export async function play(operatorFile: string, terminal: Terminal, patience = defaultPatience): Promise<0 | 1> {
  const begun = performance.now();
  const teller = narrator(terminal);
  try {
    const operator = await readOperator(operatorFile);
    const { issuer } = operator;
    terminal.out(`An agent's whole life, at ${issuer}`);
    const dead = await story({ issuer, operator: openAdmin(() => Promise.resolve(operator)), patience }, teller);
    const seconds = ((performance.now() - begun) / 1_000).toFixed(1);
    terminal.out('');
    terminal.out(
      terminal.paint('green', `✓ all ${teller.held} steps held in ${seconds} s; from revoked to refused: ${dead.toFixed(0)} ms`),
    );
    return 0;
  } catch (error) {
    if (!(error instanceof NotHeld || error instanceof Refused)) throw error;
    terminal.out('');
    const why = error instanceof NotHeld ? `step ${teller.held + 1} did not hold` : error.message;
    terminal.out(terminal.paint('red', `✗ ${why}; ${teller.held} of 7 steps held`));
    return 1;
  }
}
