// Type-checks and emits the projects that are named, with everything they refer to, or the whole workspace.
import { spawnSync } from 'node:child_process';

const named = process.argv.slice(2).map((project) => `${project}/tsconfig.lib.json`);
const projects = named.length > 0 ? named : ['tsconfig.json'];
// By path: `tsc` in node_modules/.bin is the older compiler that Nx needs.
const { status } = spawnSync(process.execPath, ['node_modules/typescript-7/bin/tsc', '-b', ...projects], { stdio: 'inherit' });
process.exit(status ?? 1);
