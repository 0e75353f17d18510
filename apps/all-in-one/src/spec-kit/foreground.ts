import { spawn } from 'node:child_process';
import { onlySettings } from '@chancery/testing';
import { main, type Settings } from './own-server.js';

/** A program in the foreground of a terminal: a process group of its own, all of which Ctrl-C reaches. */
export interface Foreground {
  stdout(): string;
  readonly exit: Promise<number | null>;
  ctrlC(): void;
}

/** Runs Chancery below a shell, as `npm start` does; the trap makes this one wait and tell how its program ended. */
export function inForeground(settings: Settings): Foreground {
  const child = spawn('/bin/sh', ['-c', 'trap : INT; "$0" "$1"; exit $?', process.execPath, main], {
    env: { ...process.env, ...onlySettings(settings) },
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const signalGroup = (signal: NodeJS.Signals) => child.pid !== undefined && child.exitCode === null && process.kill(-child.pid, signal);
  const killAtTheEnd = () => void signalGroup('SIGKILL');
  process.once('exit', killAtTheEnd);
  let written = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written += text));
  const exit = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      process.removeListener('exit', killAtTheEnd);
      resolve(code);
    });
  });
  return { stdout: () => written, exit, ctrlC: () => void signalGroup('SIGINT') };
}
