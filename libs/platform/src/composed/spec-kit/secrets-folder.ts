import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@chancery/testing';
import { onTestFinished } from 'vitest';

/** A folder of secrets with these files, for one spec. */
export function secretsFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder.path, name), content);
  return folder.path;
}
