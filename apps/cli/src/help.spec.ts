import { describe, expect, it } from 'vitest';
import { commands } from './commands/index.js';
import { commandLine } from './spec-kit/command-line.js';
import { width } from './text.js';

const asked = async (line: string, columns = 80) => commandLine(line.split(' '), { columns });

describe('help', () => {
  it.each(['help', '--help', '-h'])('lists every command for %s', async (line) => {
    const { status, out, err } = await asked(line);
    expect(status).toBe(0);
    expect(err).toBe('');
    for (const { noun, verb, summary } of commands) {
      expect(out).toContain(`${noun} ${verb}`);
      expect(out).toContain(summary);
    }
  });

  it('of a noun lists its verbs and no others', async () => {
    const { status, out } = await asked('revoke --help');
    expect(status).toBe(0);
    expect(out).toContain('revoke grant ID');
    expect(out).not.toContain('agent list');
  });

  it.each(commands.map((command) => [`${command.noun} ${command.verb}`, command] as const))(
    'of %s has usage, every option and examples',
    async (name, command) => {
      for (const line of [`${name} --help`, `help ${name}`, `${name} -h --json`]) {
        const { status, out } = await asked(line);
        expect(status).toBe(0);
        expect(out).toContain(`Usage: npx chancery ${name}`);
        for (const option of Object.keys(command.options)) expect(out).toContain(`  --${option} `.trimEnd());
        for (const example of command.examples) expect(out).toContain(`npx ${example}`);
      }
    },
  );

  // `operator reset` makes the credential instead of looking for it, and runs in a specification of its own.
  const asking = commands.filter(({ noun }) => noun !== 'operator');
  it.each(asking.flatMap(({ noun, verb, examples }) => examples.map((example) => [example, `${noun} ${verb}`] as const)))(
    'gives an example that is a valid command line: %s',
    async (example, name) => {
      const words = [...example.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
      const { status, err } = await commandLine(words.slice(1));
      expect(words.slice(1, 3).join(' ')).toBe(name);
      // It got as far as looking for the operator.
      expect(err).toContain('there is no operator credential at /nowhere/operator.json');
      expect(status).toBe(1);
    },
  );

  it('fits a narrow terminal', async () => {
    for (const line of ['help', 'iat mint --help', 'log tail --help']) {
      const { out } = await asked(line, 80);
      const wide = out.split('\n').filter((each) => width(each) > 80 && !each.startsWith('  npx'));
      expect(wide).toEqual([]);
    }
  });

  it('is what the bare name gets, as wrong usage', async () => {
    const { status, out, err } = await commandLine([]);
    expect(status).toBe(2);
    expect(out).toBe('');
    expect(err).toContain('iat mint');
  });

  it('is pointed to, as near as possible, after wrong usage', async () => {
    expect((await asked('agent list --foo')).err).toContain('See: npx chancery agent list --help');
    expect((await asked('agent lst')).err).toContain('See: npx chancery agent --help');
    expect((await asked('agnt list')).err).toContain('See: npx chancery --help');
    expect((await asked('agent list --foo')).status).toBe(2);
  });
});
