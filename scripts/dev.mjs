// `npm run dev`: the compiler watches the sources, Node.js watches what it emits.
import { spawn, spawnSync } from 'node:child_process';

const app = process.argv[2];
const compiler = ['node_modules/typescript-7/bin/tsc', '-b', `${app}/tsconfig.lib.json`];
// An error in the sources is shown and waited out: the watching compiler follows.
spawnSync(process.execPath, compiler, { stdio: 'inherit' });
const children = [
  spawn(process.execPath, [...compiler, '--watch', '--preserveWatchOutput'], { stdio: 'inherit' }),
  spawn(process.execPath, ['--watch', '--watch-preserve-output', '--enable-source-maps', `${app}/dist/main.js`], { stdio: 'inherit' }),
];
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => children.forEach((child) => child.kill(signal)));
for (const child of children) child.once('exit', () => children.forEach((other) => other.kill('SIGTERM')));
