import { inject } from 'vitest';

/** Whom the specs speak to. */
export interface Target {
  /** Base URL: the issuer identifier, byte for byte. */
  readonly issuer: string;
  /** Path of an operator's credential. */
  readonly operator: string;
  /** Opens the registrations of this run; revoked at its end, and with it all that came from it. */
  readonly iat: { readonly id: string; readonly token: string };
}

declare module 'vitest' {
  interface ProvidedContext {
    conformance: Target;
  }
}

const provided = inject('conformance') as Target | undefined;
if (!provided) throw new Error('nobody said whom to test: run `npx vitest run --root apps/conformance`');

export const { issuer, operator: operatorFile, iat: iatOfThisRun } = provided;

/** The resource that every Chancery has from its first start, and its one API. */
export const demo = `${issuer}/demo`;
export const notes = `${issuer}/demo/notes`;
