import { type Command, commonOptions, type Operands } from './command.js';
import { WrongUsage } from './failure.js';
import { type Parsed, parseOptions } from './options.js';

export type Invocation =
  | { readonly kind: 'help'; readonly noun?: string; readonly command?: Command }
  | { readonly kind: 'run'; readonly command: Command; readonly values: Parsed['values']; readonly operands: Operands };

/** A command line, without node and script. @throws WrongUsage */
export function parse(argv: readonly string[], commands: readonly Command[]): Invocation {
  const help = argv.includes('--help') || argv.includes('-h') || argv[0] === 'help';
  const [noun, verb, ...rest] = argv[0] === 'help' ? argv.slice(1) : argv;
  if (noun === undefined || noun.startsWith('-')) return topLevel(noun, help);
  const ofNoun = commands.filter((command) => command.noun === noun);
  if (ofNoun.length === 0)
    throw new WrongUsage(`there is no "${noun}"; there are ${[...new Set(commands.map((command) => command.noun))].join(', ')}`);
  const command = ofNoun.find((each) => each.verb === verb);
  if (help) return { kind: 'help', noun, ...(command && { command }) };
  const verbs = ofNoun.map((each) => each.verb).join(', ');
  if (verb === undefined || verb.startsWith('-')) throw new WrongUsage(`"${noun}" needs one of: ${verbs}`);
  if (command === undefined) throw new WrongUsage(`there is no "${noun} ${verb}"; "${noun}" takes: ${verbs}`);
  const { values, operands } = parseOptions({ ...command.options, ...commonOptions }, rest);
  return { kind: 'run', command, values, operands: operandsOf(command, operands) };
}

function topLevel(first: string | undefined, help: boolean): Invocation {
  if (help) return { kind: 'help' };
  throw new WrongUsage(first === undefined ? 'say what to do' : 'options come after the command, as in: chancery agent list --json');
}

function operandsOf({ operand, operandOptional, secondOperand }: Command, given: readonly string[]): Operands {
  const names = [operand, secondOperand].filter((name) => name !== undefined);
  const extra = given[names.length];
  if (extra !== undefined) throw new WrongUsage(`"${extra}" is one word too many`);
  const [id = '', second = ''] = names.map((name, index) => {
    if (given[index] === undefined && operandOptional) return '';
    return operandOf(name, given[index]);
  });
  return { id, second };
}

function operandOf(name: string, given: string | undefined): string {
  if (given === undefined || given === '') throw new WrongUsage(`${name} is missing`);
  // An ID becomes a segment of a path, where a dot would mean another path.
  if (/^\.{1,2}$/.test(given) || given.length > 2_048) throw new WrongUsage(`${name} cannot be "${given.slice(0, 40)}"`);
  return given;
}
