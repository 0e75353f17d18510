import { parseArgs, type ParseArgsConfig } from 'node:util';
import { WrongUsage } from './failure.js';

export interface Option {
  readonly kind: 'text' | 'integer' | 'flag';
  /** How the value is called in usage lines: `NAME`. */
  readonly value?: string;
  readonly help: string;
  readonly required?: boolean;
  /** Of an integer; 0 unless told. */
  readonly min?: number;
  /** Of an integer, or of a text's characters. */
  readonly max?: number;
}

export type Options = Readonly<Record<string, Option>>;

type Value<O extends Option> = O['kind'] extends 'flag' ? boolean : O['kind'] extends 'integer' ? number : string;

/** What a command is given for its options. */
export type Values<T extends Options> = {
  readonly [K in keyof T]: T[K] extends { required: true } | { kind: 'flag' } ? Value<T[K]> : Value<T[K]> | undefined;
};

export interface Parsed {
  readonly values: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly operands: readonly string[];
}

/** @throws WrongUsage naming the option. An option given twice is refused: one of the two would be ignored. */
export function parseOptions(options: Options, argv: readonly string[]): Parsed {
  const { values, positionals, tokens } = parseStrictly(options, argv);
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    if (seen.has(token.name)) throw new WrongUsage(`--${token.name} is given twice`);
    seen.add(token.name);
  }
  const checked = Object.entries(options).map(([name, option]) => [name, check(name, option, values[name])] as const);
  return { values: Object.fromEntries(checked), operands: positionals };
}

function parseStrictly(options: Options, argv: readonly string[]) {
  const known: NonNullable<ParseArgsConfig['options']> = { help: { type: 'boolean', short: 'h' } };
  for (const [name, { kind }] of Object.entries(options)) known[name] = { type: kind === 'flag' ? 'boolean' : 'string' };
  try {
    const { values, positionals, tokens } = parseArgs({ args: [...argv], options: known, allowPositionals: true, tokens: true });
    // None of ours is `multiple`, so there are no lists.
    return { values: values as Record<string, string | boolean | undefined>, positionals, tokens };
  } catch (error) {
    throw new WrongUsage(sentence((error as Error).message), { cause: error });
  }
}

/** What is wrong, without the advice about parseArgs that follows it. */
function sentence(message: string): string {
  const option = /--[\w-]+/.exec(message)?.[0];
  if (option !== undefined && /ambiguous|argument missing/.test(message)) return `${option} needs a value`;
  const first = message.split(/\.\s|\n/, 1)[0] ?? message;
  return first.charAt(0).toLowerCase() + first.slice(1).replace(/\.$/, '');
}

function check(name: string, option: Option, given: string | boolean | undefined): string | number | boolean | undefined {
  if (option.kind === 'flag') return given === true;
  if (given === undefined) {
    if (option.required) throw new WrongUsage(`--${name} ${option.value ?? 'VALUE'} is missing`);
    return undefined;
  }
  const text = String(given);
  return option.kind === 'integer' ? checkInteger(name, option, text) : checkText(name, option, text);
}

function checkInteger(name: string, { min = 0, max = Number.MAX_SAFE_INTEGER }: Option, given: string): number {
  const value = /^\d{1,16}$/.test(given) ? Number(given) : Number.NaN;
  if (value >= min && value <= max) return value;
  const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `from ${min} to ${max}`;
  throw new WrongUsage(`--${name} must be a whole number, ${range}`);
}

function checkText(name: string, { max = 512 }: Option, given: string): string {
  if (given.trim() === '') throw new WrongUsage(`--${name} is empty`);
  if (given.length > max) throw new WrongUsage(`--${name} is longer than ${max} characters`);
  return given;
}
