import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { issuer } from './target.js';

/** The status a request has that `fetch` would tidy up first: its target goes out as it is, and a field may come twice in two spellings. */
export function rawStatus(path: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const { protocol, hostname, port, host, pathname } = new URL(issuer);
  const request = protocol === 'https:' ? secure : plain;
  const fields = [['host', host], ...Object.entries(headers)].flat();
  return new Promise((resolve, reject) => {
    const target = `${pathname === '/' ? '' : pathname}${path}`;
    const sent = request({ hostname: hostname.replaceAll(/[[\]]/g, ''), port, path: target, headers: fields, agent: false }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode ?? 0));
    });
    sent.setTimeout(30_000, () => sent.destroy(new Error('no answer in time')));
    sent.once('error', reject);
    sent.end();
  });
}
