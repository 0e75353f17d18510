/** Chancery, or this machine, said no: exit 1. The message is one line for people: what was refused, and what to do. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** Nobody could decide: Chancery is away or busy. The same request may do in a moment. */
export class Unavailable extends Refused {}

/** The command line itself makes no sense: exit 2. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}
