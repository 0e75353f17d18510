import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answerWithin, type Expectation, type LoadOptions, type LoadResult } from './load.js';

/** Lua's own spelling of a text, byte by byte. */
const quote = (text: string): string => `"${Array.from(Buffer.from(text), (byte) => `\\${String(byte).padStart(3, '0')}`).join('')}"`;

/** The script that lets wrk do what our own generator does: the requests in turn, every answer checked, no value answered twice. */
export function wrkScript({ status, contains, distinct }: Expectation, requestsFile: string): string {
  return `
local requests, at, seen, thread = {}, 0, {}, nil
wrong, first = 0, ""
function setup(each) thread = each end
function init()
  local file = io.open(${quote(requestsFile)}, "rb")
  for size in file:lines() do requests[#requests + 1] = file:read(tonumber(size)) file:read(1) end
  file:close()
end
function request()
  at = at % #requests + 1
  return requests[at]
end
local function trouble(status, body)
  if status ~= ${status} then return status .. " " .. body end
  for _, text in ipairs({ ${contains.map(quote).join(', ')} }) do
    if not body:find(text, 1, true) then return text .. " is missing in " .. body end
  end
  ${distinct === undefined ? '' : distinctness(distinct)}
end
function response(status, headers, body)
  local what = trouble(status, body)
  if what then wrong = wrong + 1 if first == "" then first = what:sub(1, 500) end end
end
function done(summary, latency)
  local lost = summary.errors.connect + summary.errors.read + summary.errors.write
  io.write(string.format("count=%d\\nseconds=%f\\np50=%f\\np99=%f\\nwrong=%d\\ntimeouts=%d\\nfirst=%s\\n", summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, thread:get("wrong") + lost, summary.errors.timeout, (thread:get("first"):gsub("%c", " "))))
end
`;
}

const distinctness = (marker: string): string => `local from, to = body:find(${quote(marker)}, 1, true)
  local value = from and body:match('^[^"]*', to + 1)
  if not value then return "a value is missing in " .. body end
  value = value:sub(-43)
  if seen[value] then return "was answered before: " .. value end
  seen[value] = true`;

/** Writes what a run of wrk needs; answers its command line. */
export function wrkCommand(options: LoadOptions, folder: string): readonly string[] {
  const { port, requests, connections, seconds } = options;
  const [list, script] = [join(folder, 'requests.bin'), join(folder, 'load.lua')];
  writeFileSync(list, requests.map((request) => `${Buffer.byteLength(request)}\n${request}\n`).join(''));
  writeFileSync(script, wrkScript(options.expect, list));
  const timing = [`-d${Math.max(1, Math.round(seconds))}s`, '--timeout', `${answerWithin / 1_000}s`];
  return ['wrk', '-t1', `-c${connections}`, ...timing, '-s', script, `http://127.0.0.1:${port}/`];
}

/** What the script's `done` printed. Throws for anything else. @param cpu seconds of wrk's process */
export function parseWrk(output: string, cpu: number): LoadResult {
  const said = Object.fromEntries(
    [...output.matchAll(/^(count|seconds|p50|p99|wrong|timeouts|first)=(.*)$/gm)].map(([, name, value]) => [name, value]),
  );
  const number = (name: string): number => {
    const value = Number(said[name] ?? Number.NaN);
    if (!Number.isFinite(value)) throw new Error(`wrk said no ${name}: ${output.slice(0, 500)}`);
    return value;
  };
  const wrong = number('wrong') + number('timeouts');
  return {
    count: number('count'),
    seconds: number('seconds'),
    p50: number('p50'),
    p99: number('p99'),
    wrong,
    ...(wrong > 0 && { firstWrong: said['first'] ?? '' }),
    timeouts: number('timeouts'),
    cpu,
  };
}
