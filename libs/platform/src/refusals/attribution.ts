/** Who a refusal is about, as far as that was verified before it was refused. */
export interface Attribution {
  readonly agent?: string | undefined;
  /** Thumbprint of a proof key whose proof was verified. */
  readonly instance?: string | undefined;
  readonly grant?: string | undefined;
}

const known = new WeakMap<object, Attribution>();

/** Says who an error is about, and answers the same error. What is verified later adds to it. */
export function attribute<Thrown>(error: Thrown, attribution: Attribution): Thrown {
  if (typeof error === 'object' && error !== null) known.set(error, { ...known.get(error), ...attribution });
  return error;
}

export const attributionOf = (error: unknown): Attribution =>
  (typeof error === 'object' && error !== null ? known.get(error) : undefined) ?? {};
