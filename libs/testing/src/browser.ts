import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const candidates = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Path of the browser, undefined where none is installed: use with `describe.skipIf(!browserPath)`. */
export const browserPath = candidates.find((path) => path !== undefined && existsSync(path));

/** Starts a headless browser; the caller closes it. Throws where none is installed. */
export function openBrowser(): Promise<Browser> {
  if (!browserPath) throw new Error('No Chromium: install one or set CHROMIUM_PATH');
  const flags = ['--disable-background-networking', '--disable-component-update', '--disable-dev-shm-usage'];
  // Chromium's sandbox does not start as root.
  return chromium.launch({ executablePath: browserPath, args: process.getuid?.() === 0 ? [...flags, '--no-sandbox'] : flags });
}
