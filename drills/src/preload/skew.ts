// Loaded by a process before its own modules: its wall clock is ahead by so many seconds, or behind: from its start, or from SIGUSR2 on, as one that
// is set by hand.
import { told } from '../environment.js';

const jump = Number(told('DRILL_SKEW') ?? 0) * 1_000;
const real = Date;
let skew = told('DRILL_SKEW_FROM') === 'start' ? jump : 0;

process.on('SIGUSR2', () => (skew = jump));

globalThis.Date = class extends real {
  constructor(...args: ConstructorParameters<DateConstructor> | []) {
    if (args.length === 0) super(real.now() + skew);
    else super(...args);
  }

  static override now(): number {
    return real.now() + skew;
  }
} as DateConstructor;
