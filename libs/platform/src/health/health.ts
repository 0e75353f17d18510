/** One thing without which this process must get no traffic, by the name people will read. */
export interface HealthCheck {
  readonly name: string;
  ready(): boolean | Promise<boolean>;
}

export interface Health {
  /** Names of what is not ready; empty when everything is. */
  notReady(): Promise<readonly string[]>;
}

/** The longest a check may think, in milliseconds: a check that hangs is a check that failed. */
const patience = 2_000;

/** Asks all checks at once. A check that throws or does not answer in time is not ready. */
export function createHealth(checks: readonly HealthCheck[], within: number = patience): Health {
  return {
    async notReady() {
      const answers = await Promise.all(checks.map(async (check) => ({ name: check.name, ready: await ask(check, within) })));
      return answers.filter(({ ready }) => !ready).map(({ name }) => name);
    },
  };
}

async function ask(check: HealthCheck, within: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, within, false);
  try {
    return await Promise.race([Promise.resolve(check.ready()), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
