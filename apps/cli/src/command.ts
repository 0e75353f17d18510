import type { AdminApi } from './admin.js';
import type { Option, Options, Values } from './options.js';
import type { Terminal } from './terminal.js';

/** What a command works with. */
export interface Context {
  readonly json: boolean;
  readonly terminal: Terminal;
  readonly admin: AdminApi;
  /** From now on Ctrl-C ends the command's waiting instead of the process. */
  readonly untilInterrupted: () => AbortSignal;
}

/** What was named behind the verb; empty where nothing was. */
export interface Operands {
  readonly id: string;
  readonly second: string;
}

export interface Command {
  readonly noun: string;
  readonly verb: string;
  readonly summary: string;
  /** More for `--help`, one paragraph an entry. */
  readonly details?: readonly string[];
  /** How the one operand is called in usage lines; none is taken where it is absent. */
  readonly operand?: string;
  /** It may be left out; `id` is empty then. */
  readonly operandOptional?: true;
  /** How a second one is called, where it takes two. */
  readonly secondOperand?: string;
  readonly options: Options;
  /** Lines as they would be typed, without `npx`. */
  readonly examples: readonly string[];
  /** @throws Refused */
  readonly run: (values: Readonly<Record<string, string | number | boolean | undefined>> & Operands, context: Context) => Promise<void>;
}

/** Every command has these. */
export const commonOptions = {
  json: { kind: 'flag', help: 'JSON for programs instead of text for people' },
  operator: {
    kind: 'text',
    value: 'FILE',
    help: "the operator's credential; $CHANCERY_DATA/operator.json, else .chancery/operator.json",
    max: 4096,
  },
} as const satisfies Options;

type Definition<T extends Options> = Omit<Command, 'options' | 'run'> & {
  readonly options: T;
  /** `id` is the operand. */
  readonly run: (values: Values<T> & Operands, context: Context) => Promise<void>;
};

/** Ties the options' table to the values `run` gets. */
export const defineCommand = <const T extends Options>(definition: Definition<T>): Command => definition as unknown as Command;

/** For what gateways have to hear of. */
export const noWaitOption = { kind: 'flag', help: 'do not wait until gateways say that it is in force there' } as const satisfies Option;

/** Why somebody does what cannot be undone; it goes into the event. */
export const reasonOption = {
  kind: 'text',
  value: 'TEXT',
  help: 'why; kept in the event for those who ask later',
  required: true,
} as const satisfies Option;
