interface Java {
  findJava(say: (text: string) => void): Promise<object | undefined>;
}

const script = new URL('../../../../tools/kafka/find-java.mjs', import.meta.url);

/** Why no broker of its own can be started here, for `describe.skipIf`; with CI=true that is a failure (`startKafka` says so, too). */
export async function brokerMissing(): Promise<string | undefined> {
  if (process.env['CI'] === 'true') return undefined;
  const { findJava } = (await import(script.href)) as Java;
  return (await findJava(() => undefined)) ? undefined : 'no Java 17 with the jars of a broker';
}
