import { commands } from './commands/index.js';
import { readEnvironment, variables } from './environment.js';
import { untilInterrupted } from './interrupt.js';
import { run } from './run.js';
import { leaveWithTheReader, processTerminal } from './terminal.js';

const environment = readEnvironment(variables);
leaveWithTheReader();
process.exitCode = await run(process.argv.slice(2), { commands, environment, terminal: processTerminal(environment), untilInterrupted });
