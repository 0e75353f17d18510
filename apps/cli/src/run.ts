import { openAdmin } from './admin.js';
import type { Command, Context } from './command.js';
import type { Environment } from './environment.js';
import { Refused, WrongUsage } from './failure.js';
import { help } from './help.js';
import { defaultOperatorFile, readOperator } from './operator.js';
import { type Invocation, parse } from './parse.js';
import type { Terminal } from './terminal.js';

export interface Surroundings {
  readonly commands: readonly Command[];
  readonly environment: Environment;
  readonly terminal: Terminal;
  readonly untilInterrupted: () => AbortSignal;
}

/** Runs one command line, without node and script, and answers the exit status: 0 done, 1 refused, 2 wrong usage. */
export async function run(argv: readonly string[], surroundings: Surroundings): Promise<0 | 1 | 2> {
  const { commands, terminal } = surroundings;
  try {
    const invocation = parse(argv, commands);
    if (invocation.kind === 'help') for (const line of help(commands, invocation, terminal)) terminal.out(line);
    else await invocation.command.run({ ...invocation.values, ...invocation.operands }, contextOf(invocation, surroundings));
    return 0;
  } catch (error) {
    return argv.length === 0 ? welcome(surroundings) : report(error, argv, surroundings);
  }
}

function contextOf({ values }: Extract<Invocation, { kind: 'run' }>, { environment, terminal, untilInterrupted }: Surroundings): Context {
  const file = values['operator'] === undefined ? defaultOperatorFile(environment) : String(values['operator']);
  return { json: values['json'] === true, terminal, admin: openAdmin(() => readOperator(file)), untilInterrupted };
}

/** Who types nothing but the name wants to know what there is; it is no use that succeeded. */
function welcome({ commands, terminal }: Surroundings): 2 {
  for (const line of help(commands, {}, terminal)) terminal.err(line);
  return 2;
}

function report(error: unknown, argv: readonly string[], { commands, terminal }: Surroundings): 1 | 2 {
  if (error instanceof WrongUsage) {
    terminal.err(`chancery: ${error.message}`);
    terminal.err(`See: npx chancery ${nearest(argv, commands)}--help`);
    return 2;
  }
  // Anything but a Refused is a bug of ours; a stack would not help whoever reads this.
  terminal.err(`chancery: ${error instanceof Refused ? error.message : `failed unexpectedly: ${String(error)}`}`);
  return 1;
}

/** As much of what was typed as there is help for. */
function nearest([noun, verb]: readonly string[], commands: readonly Command[]): string {
  const ofNoun = commands.filter((command) => command.noun === noun);
  if (noun === undefined || ofNoun.length === 0) return '';
  return ofNoun.some((command) => command.verb === verb) ? `${noun} ${verb} ` : `${noun} `;
}
