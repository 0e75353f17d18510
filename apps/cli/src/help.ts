import { type Command, commonOptions } from './command.js';
import type { Option, Options } from './options.js';
import { pad, width, wrap } from './text.js';
import type { Terminal } from './terminal.js';

type Screen = Pick<Terminal, 'columns' | 'paint'>;

const defaultColumns = 80;
const usage = 'Usage: ';

/** `chancery iat mint --class NAME [--uses N]`, as it would be typed, in the parts it may be broken between. */
const usageOf = ({ noun, verb, options, ...command }: Command): string[] => [
  `npx chancery ${noun} ${verb}`,
  ...operandOf(command),
  ...Object.entries(options).map(([name, option]) => (option.required ? spelled(name, option) : `[${spelled(name, option)}]`)),
  '[--json]',
];

/** None, or as usage lines write it. */
const operandOf = ({ operand, operandOptional, secondOperand }: Pick<Command, 'operand' | 'operandOptional' | 'secondOperand'>): string[] =>
  [operand, secondOperand].filter((name) => name !== undefined).map((name) => (operandOptional ? `[${name}]` : name));

const spelled = (name: string, { kind, value }: Option): string => (kind === 'flag' ? `--${name}` : `--${name} ${value ?? 'VALUE'}`);

/** Help for everything, for one noun, or for one command. */
export function help(commands: readonly Command[], about: { noun?: string; command?: Command }, screen: Screen): string[] {
  if (about.command) return commandHelp(about.command, screen);
  const listed = commands.filter(({ noun }) => about.noun === undefined || noun === about.noun);
  return [
    ...(about.noun === undefined ? introduction(screen) : []),
    ...heading('Commands', screen),
    ...pairs(
      listed.map((command) => [[command.noun, command.verb, ...operandOf(command)].join(' '), command.summary]),
      screen,
    ),
    '',
    ...heading('For each of them', screen),
    ...optionLines(commonOptions, screen),
    ...heading('Examples', screen),
    ...exampleLines(
      listed.filter(({ operand }) => about.noun !== undefined || operand === undefined).flatMap(({ examples }) => examples.slice(0, 1)),
    ),
    ...closing(about.noun),
  ];
}

const introduction = ({ paint }: Screen): string[] => [
  `${paint('bold', 'chancery')}: the operators' command line of the authorization server for AI agents`,
  '',
  'Usage: npx chancery <noun> <verb> [ID] [options]',
  '',
];

const closing = (noun: string | undefined): string[] => [
  '',
  `More about one: npx chancery ${noun ?? 'iat'} ${noun === undefined ? 'mint' : '<verb>'} --help`,
  'Exit status: 0 done, 1 refused, 2 wrong usage.',
];

function commandHelp(command: Command, screen: Screen): string[] {
  const columns = screen.columns ?? defaultColumns;
  return [
    ...wrap(`${command.summary}.`, columns),
    '',
    ...usageLines(command, columns),
    '',
    ...(command.details ?? []).flatMap((paragraph) => [...wrap(paragraph, columns), '']),
    ...heading('Options', screen),
    ...optionLines({ ...command.options, ...commonOptions }, screen),
    ...heading('Examples', screen),
    ...exampleLines(command.examples),
  ];
}

/** A no-break space keeps `--uses N` together while lines are broken. */
const usageLines = (command: Command, columns: number): string[] =>
  wrap(
    usageOf(command)
      .map((part) => part.replaceAll(' ', '\u00a0'))
      .join(' '),
    columns - usage.length,
  ).map((line, index) => (index === 0 ? usage : ' '.repeat(usage.length)) + line.replaceAll('\u00a0', ' '));

const heading = (text: string, { paint }: Screen): string[] => [paint('bold', text)];
const exampleLines = (examples: readonly string[]): string[] => examples.map((example) => `  npx ${example}`);

const optionLines = (options: Options, screen: Screen): string[] => [
  ...pairs(
    Object.entries(options).map(([name, option]) => [spelled(name, option), option.required ? `${option.help} (required)` : option.help]),
    screen,
  ),
  '',
];

function pairs(listed: readonly (readonly [string, string])[], { columns = defaultColumns }: Screen): string[] {
  const left = Math.max(...listed.map(([name]) => width(name))) + 4;
  return listed.flatMap(([name, text]) => {
    const [first = '', ...more] = wrap(text, Math.max(24, columns - left));
    return [`${pad(`  ${name}`, left)}${first}`, ...more.map((line) => ' '.repeat(left) + line)];
  });
}
