/** The paths of a service and what each can be asked, as its routes were registered. */
export class KnownPaths {
  readonly #methods = new Map<string, Set<string>>();

  add(template: string, methods: string | readonly string[]): void {
    const known = this.#methods.get(template) ?? new Set();
    for (const method of [methods].flat()) known.add(method);
    this.#methods.set(template, known);
  }

  /** The methods that a path takes, sorted; none for a path that is nobody's. */
  methodsOf(path: string): readonly string[] {
    const found = [...this.#methods].filter(([template]) => matches(template, path)).flatMap(([, methods]) => [...methods]);
    return [...new Set(found)].toSorted();
  }
}

/** Segment by segment: `:name` stands for one, `*` for all that follow. */
function matches(template: string, path: string): boolean {
  const wanted = template.split('/');
  const given = path.split('/');
  for (const [at, segment] of wanted.entries()) {
    if (segment === '*') return given.length > at;
    const here = given[at];
    if (here === undefined || (segment.startsWith(':') ? here === '' : here !== segment)) return false;
  }
  return wanted.length === given.length;
}
