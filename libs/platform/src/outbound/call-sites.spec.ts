import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** Every source that can open a connection outwards, and who says where to. Only what is below `outbound` goes where somebody else says. */
const callSites: Readonly<Record<string, string>> = {
  'apps/cli/src/admin.ts': 'the operator’s credential',
  'apps/cli/src/demo/agent.ts': 'the person at the terminal',
  'apps/cli/src/demo/running-server.ts': 'the person at the terminal',
  'libs/eventstore/src/kafka/connection.ts': 'configuration',
  'libs/gateway/src/enforce/http-proofs.ts': 'configuration',
  'libs/gateway/src/keys/http-jwks.ts': 'configuration',
  'libs/gateway/src/revocations/feed.ts': 'configuration',
  'libs/platform/src/composed/remote.ts': 'configuration',
  'libs/platform/src/door/proxy.ts': 'configuration',
  'libs/platform/src/outbound/ask.ts': 'somebody else: judged',
  'libs/platform/src/outbound/resolve-host.ts': 'the system’s DNS',
};

const clients = /\b(?:request|get|connect|createConnection|Agent|Socket|Resolver|promises|lookup\w*|resolve\w*|createSocket)\b/;
const modules = /^import (?!type )([^;]*?) from '(?:node:)?(?:https?|http2|net|tls|dgram|dns)(?:\/promises)?';$/gm;
const others = /from '(?:undici|axios|got|node-fetch|ws)'/;
/** A call of the global function, or a hand-over of it; a `fetch` that somebody was given is theirs. */
const globalFetch = /(?:globalThis\.fetch\b(?! =>)(?!;|\))|(?<![.\w])fetch\()/;

function opens(source: string): boolean {
  const imported = [...source.matchAll(modules)].flatMap(([, names = '']) => names.replace(/[{}]/g, '').split(','));
  const named = imported.map((name) => name.trim()).filter((name) => name !== '' && !name.startsWith('type '));
  // A module as a whole could be anything of it.
  if (named.some((name) => clients.test(name) || name.startsWith('*')) || others.test(source)) return true;
  return globalFetch.test(source);
}

const sources = globSync('{apps,libs}/*/src/**/*.ts', { cwd: root }).filter(
  (path) => !/\.spec\.ts$|\/(?:specs|spec-kit|contract-suite|bus-contract)\/|^libs\/testing\/|^apps\/conformance\//.test(path),
);

describe('a connection outwards', () => {
  it('is opened by sources that are listed, each with who says where to (S-024)', () => {
    expect(sources.length).toBeGreaterThan(300);
    expect(sources.filter((path) => opens(readFileSync(`${root}${path}`, 'utf8'))).toSorted()).toEqual(Object.keys(callSites));
  });

  it.each([
    "import { request } from 'node:https';",
    "import {\n  type ClientRequest,\n  request as ask,\n} from 'node:http';",
    "import * as http from 'node:http';",
    "import { connect } from 'node:net';",
    "import { lookup } from 'node:dns/promises';",
    "import { request } from 'undici';",
    'await fetch(url);',
    'const { fetch = globalThis.fetch } = deps;',
  ])('is found in %j', (source) => {
    expect(opens(source)).toBe(true);
  });

  it.each([
    "import type { Socket } from 'node:net';",
    "import { createServer, type ClientRequest } from 'node:http';",
    "import { isIP, type Socket } from 'node:net';",
    'await deps.fetch(url);',
    'readonly fetch?: typeof globalThis.fetch;',
  ])('is not seen in %j', (source) => {
    expect(opens(source)).toBe(false);
  });
});
