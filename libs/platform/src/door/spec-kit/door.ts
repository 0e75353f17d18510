import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import { createHealth, type HealthCheck } from '../../health/health.js';
import { doorBody, type DoorRequest } from '../../http/door-request.js';
import { type ServiceName, serviceNames } from '../../keys/key-ring.js';
import { silentLog } from '../../logs/log.js';
import type { Refusal } from '../../refusals/refusals.js';
import type { Door } from '../listener.js';
import { openDoor, type DoorOptions } from '../open-door.js';
import type { Target } from '../target.js';

type Handler = (req: IncomingMessage, res: ServerResponse) => void;

/** A door with a service of one kind behind every route, and what came to each. */
export interface Opened {
  readonly door: Door;
  /** Which service got which request. */
  readonly seen: { service: ServiceName; method: string | undefined; url: string | undefined; body: string }[];
  readonly refusals: Refusal[];
  send(text: string): Promise<string>;
}

export async function openForSpec(changed: Partial<DoorOptions> & { checks?: HealthCheck[]; handler?: Handler } = {}): Promise<Opened> {
  const seen: Opened['seen'] = [];
  const refusals: Refusal[] = [];
  const target = (service: ServiceName): Target => ({
    handle(req, res) {
      const body = (req as DoorRequest)[doorBody]?.toString() ?? '';
      seen.push({ service, method: req.method, url: req.url, body });
      if (changed.handler) changed.handler(req, res);
      else res.end(service);
    },
  });
  const { checks = [], handler: _, ...options } = changed;
  const door = await openDoor({
    host: '127.0.0.1',
    port: 0,
    issuer: 'http://127.0.0.1:4400',
    targets: Object.fromEntries(serviceNames.map((name) => [name, target(name)])) as unknown as Record<ServiceName, Target>,
    health: createHealth(checks),
    log: silentLog,
    refusals: { record: (refusal) => void refusals.push(refusal), flush: () => Promise.resolve(), close: () => Promise.resolve() },
    ...options,
  });
  onTestFinished(() => door.close());
  return { door, seen, refusals, send: (text) => raw(door.port, text) };
}

/** Sends bytes as they are; answers all that came back before the connection ended. */
const raw = (port: number, text: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'));
    let answer = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk));
    socket.once('error', () => resolve(answer)).once('close', () => resolve(answer));
  });
