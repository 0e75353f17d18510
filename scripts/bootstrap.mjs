// Runs before `npm start` and `npm test`, on whatever Node.js (20 or newer) the machine has, and does nothing when nothing changed:
// fetches the Node.js the project runs on where PATH has an older one, then installs the locked dependencies.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const wantedMajor = 26;
const windows = process.platform === 'win32';
const readJson = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined);

/** Compares what is installed with the lockfile, so an `npm ci` done by hand counts too. */
function upToDate(dir) {
  const want = readJson(join(dir, 'package-lock.json')).packages;
  const have = readJson(join(dir, 'node_modules', '.package-lock.json'))?.packages;
  if (!have) return false;
  return Object.entries(want).every(([path, { version, optional, devOptional, peer }]) => {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) return true;
    if (!(path in have)) return Boolean(optional || devOptional || peer);
    return have[path].version === version;
  });
}

/** Installs what the lockfile names, and says so: the first time may take a while. */
async function install({ dir, node, what }) {
  const began = performance.now();
  const seconds = () => `${Math.round((performance.now() - began) / 1000)} s`;
  console.log(`${what} …`);
  const still = setInterval(() => console.log(`  still at it after ${seconds()}`), 10_000);
  const status = await npmCi(dir, node);
  clearInterval(still);
  if (status !== 0) process.exit(status);
  console.log(`  done in ${seconds()}`);
}

function npmCi(dir, node) {
  // npm deletes node_modules/.bin while it works, so it must not be started through it.
  const bin = join(root, 'node_modules', '.bin');
  const PATH = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((entry) => entry !== bin)
    .join(delimiter);
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const options = { cwd: dir, stdio: 'inherit', env: { ...process.env, PATH } };
  const child = npm ? spawn(node, [npm, ...args], options) : spawn('npm', args, { ...options, shell: windows });
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code ?? 1));
    child.once('error', (error) => {
      console.error(`npm could not be started: ${error.message}`);
      resolve(1);
    });
  });
}

const fits = (list, value) => !list || list.includes(value);

/** How many packages the lockfile names for this platform, roughly: those of other platforms are left out. */
function packageCount(dir) {
  return Object.entries(readJson(join(dir, 'package-lock.json')).packages).filter(
    ([path, { link, os, cpu }]) => path.includes('node_modules/') && !link && fits(os, process.platform) && fits(cpu, process.arch),
  ).length;
}

async function fetchedNode() {
  const dir = join(root, 'tools', 'node');
  if (!upToDate(dir)) {
    await install({ dir, node: pathNode, what: `Fetching Node.js ${wantedMajor} (PATH has ${pathVersion})` });
  }
  const names = Object.keys(readJson(join(dir, 'package.json')).optionalDependencies);
  return names.map((name) => join(dir, 'node_modules', name, 'bin', windows ? 'node.exe' : 'node')).find((path) => existsSync(path));
}

// process.execPath may already be the link made below, so ask npm which Node.js it runs on itself.
const pathNode = process.env.npm_node_execpath ?? process.execPath;
const pathVersion =
  pathNode === process.execPath ? process.version : spawnSync(pathNode, ['--version'], { encoding: 'utf8' }).stdout.trim();
const pathMajor = Number(pathVersion.slice(1).split('.')[0]);
const node = pathMajor >= wantedMajor ? undefined : await fetchedNode();
if (pathMajor < wantedMajor && !node)
  console.warn(`No Node.js ${wantedMajor} for ${process.platform}-${process.arch} on npm: going on with ${pathVersion}`);

if (!upToDate(root)) {
  await install({ dir: root, node: node ?? pathNode, what: `Installing ${packageCount(root)} packages` });
}
if (node && !windows) {
  const link = join(root, 'node_modules', '.bin', 'node');
  const target = relative(join(link, '..'), node);
  const linked = lstatSync(link, { throwIfNoEntry: false });
  if (!linked || readlinkSync(link) !== target) {
    rmSync(link, { force: true });
    symlinkSync(target, link);
  }
}
