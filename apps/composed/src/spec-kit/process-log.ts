/** One line of a service's log, as far as specs ask for it. */
export interface Logged {
  readonly service: string;
  readonly msg?: string;
  readonly reason?: string;
  readonly count?: number;
}

/** What services logged, of a stream where each line may have a name in front. */
export function logged(stderr: string): readonly Logged[] {
  return stderr.split('\n').flatMap((line): Logged[] => {
    const [, service = '', json] = /^(?:(\w+) +\| )?(\{.*\})$/.exec(line) ?? [];
    if (json === undefined) return [];
    try {
      return [{ ...(JSON.parse(json) as Omit<Logged, 'service'>), service }];
    } catch {
      return [];
    }
  });
}
