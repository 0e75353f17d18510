import { type Command, commonOptions } from './command.js';
import { WrongUsage } from './failure.js';
import { type Parsed, parseOptions } from './options.js';

export type Invocation =
  | { readonly kind: 'help'; readonly noun?: string; readonly command?: Command }
  | { readonly kind: 'run'; readonly command: Command; readonly values: Parsed['values']; readonly id: string };

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
  return { kind: 'run', command, values, id: operandOf(command, operands) };
}

function topLevel(first: string | undefined, help: boolean): Invocation {
  if (help) return { kind: 'help' };
  throw new WrongUsage(first === undefined ? 'say what to do' : 'options come after the command, as in: chancery agent list --json');
}

function operandOf({ operand, operandOptional }: Command, operands: readonly string[]): string {
  const [id, extra] = operand === undefined ? ['', operands[0]] : operands;
  if (extra !== undefined) throw new WrongUsage(`"${extra}" is one word too many`);
  if (id === undefined && operandOptional) return '';
  if (id === undefined || (operand !== undefined && id === '')) throw new WrongUsage(`${operand} is missing`);
  // An ID becomes a segment of a path, where a dot would mean another path.
  if (/^\.{1,2}$/.test(id) || id.length > 2_048) throw new WrongUsage(`${operand} cannot be "${id.slice(0, 40)}"`);
  return id;
}
