// Every commit says `type(scope): what is true now` in at most 72 characters (https://www.conventionalcommits.org/en/v1.0.0/).
import { spawnSync } from 'node:child_process';

const conventional = /^(build|chore|ci|docs|feat|fix|perf|refactor|revert|style|test)(\([a-z0-9-]+\))?!?: \S.*$/;
const git = (...args) => spawnSync('git', args, { encoding: 'utf8' });

if (git('rev-parse', '--verify', '--quiet', 'HEAD').status !== 0) {
  console.log('no commits to check');
  process.exit(0);
}
const { stdout } = git('log', '--no-merges', '--format=%h %s', 'HEAD');
const wrong = stdout
  .split('\n')
  .filter(Boolean)
  .filter((line) => {
    const subject = line.slice(line.indexOf(' ') + 1);
    return !conventional.test(subject) || subject.length > 72;
  });
for (const line of wrong) console.error(`not type(scope): text, or over 72 characters: ${line}`);
process.exit(wrong.length > 0 ? 1 : 0);
