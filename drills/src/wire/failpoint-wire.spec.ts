import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { waitFor } from '@chancery/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Failpoint, type FailpointWire, startFailpointWire } from './failpoint-wire.js';

/** Answers everything with `done`. */
let server: Server;
const heard: string[] = [];
const accepted = new Set<Socket>();
let wire: FailpointWire;

beforeEach(async () => {
  heard.length = 0;
  server = createServer((socket) => {
    accepted.add(socket);
    socket
      .on('error', () => undefined)
      .on('data', (bytes) => {
        heard.push(String(bytes));
        socket.write('done');
      });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  wire = await startFailpointWire((server.address() as AddressInfo).port);
});
afterEach(async () => {
  await wire.close();
  for (const socket of accepted) socket.destroy();
  server.close();
});

/** Says something over the wire: what came back until the end, or until `done`. */
async function say(text: string): Promise<string> {
  const socket = connect(wire.port, '127.0.0.1').on('error', () => undefined);
  let answer = '';
  socket.on('data', (bytes) => (answer += String(bytes))).write(text);
  await waitFor(() => answer !== '' || socket.closed);
  socket.destroy();
  return answer;
}

describe('a failpoint on the wire', () => {
  const at = (when: Failpoint['when']): Failpoint => ({ name: 'append', says: 'es.append', when });

  it.each<[Failpoint['when'], { reached: boolean; answer: string }]>([
    ['before', { reached: false, answer: '' }],
    ['unheard', { reached: true, answer: '' }],
    ['heard', { reached: true, answer: 'done' }],
  ])('%s has the process die once, there', async (when, { reached, answer }) => {
    let deaths = 0;
    const hit = wire.arm(at(when), () => (deaths += 1));
    expect(await say('select es.append()')).toBe(answer);
    await hit;
    expect([deaths, heard.length]).toEqual([1, reached ? 1 : 0]);
    expect(await say('select es.append()')).toBe('done');
    expect(deaths).toBe(1);
  });

  it('during lets it reach the server, and does not wait for the answer', async () => {
    let deaths = 0;
    await Promise.all([wire.arm(at('during'), () => (deaths += 1)), say('select es.append()')]);
    expect(deaths).toBe(1);
    await waitFor(() => heard.length === 1);
  });

  it('lets everything else pass', async () => {
    let deaths = 0;
    void wire.arm(at('before'), () => (deaths += 1));
    expect(await say('select 1')).toBe('done');
    expect(deaths).toBe(0);
  });
});
