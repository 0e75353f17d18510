/** Who a refusal is about, as far as that was verified before it was refused. */
export interface Attribution {
  readonly agent?: string | undefined;
  /** Thumbprint of a proof key whose proof was verified. */
  readonly instance?: string | undefined;
  readonly grant?: string | undefined;
  /** An initial access token that was shown and is the one that was minted. */
  readonly iat?: string | undefined;
}

const known = new WeakMap<object, Attribution>();

/** Says who an error is about, or all that a request may yet be refused, and answers the same. What is verified later adds to it. */
export function attribute<About>(about: About, attribution: Attribution): About {
  if (typeof about === 'object' && about !== null) known.set(about, { ...known.get(about), ...attribution });
  return about;
}

export const attributionOf = (about: unknown): Attribution =>
  (typeof about === 'object' && about !== null ? known.get(about) : undefined) ?? {};
