import { readFileSync } from 'node:fs';

const manifest = new URL('../../package.json', import.meta.url);

/** What Node.js is told where somebody types `npm start`: what is measured is what a user gets. Throws where that starts something else. */
export function startFlags(text: string = readFileSync(manifest, 'utf8')): readonly string[] {
  const { start = '' } = (JSON.parse(text) as { scripts: { start?: string } }).scripts;
  const flags = /&& node ((?:--\S+ )*)apps\/all-in-one\/dist\/main\.js$/.exec(start)?.[1];
  if (flags === undefined) throw new Error('npm start starts something else');
  return flags.split(' ').filter((flag) => flag !== '');
}
