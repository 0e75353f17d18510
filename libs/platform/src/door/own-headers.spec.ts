import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeOwnHeaders, setOwnHeader } from './own-headers.js';

let seen: IncomingMessage[] = [];
const server = createServer((req, res) => {
  removeOwnHeaders(req);
  seen.push(req);
  res.end();
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => void server.close());

async function send(...lines: string[]): Promise<IncomingMessage> {
  seen = [];
  await new Promise((resolve) => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').once('close', resolve);
    socket.resume().write(['GET / HTTP/1.1', 'Host: x', 'Connection: close', ...lines, '', ''].join('\r\n'));
  });
  return seen[0] as IncomingMessage;
}

const everywhere = (request: IncomingMessage) => JSON.stringify([request.headers, request.headersDistinct, request.rawHeaders]);

describe('a header that only our services may set', () => {
  it.each([
    'chancery-caller',
    'Chancery-Caller',
    'CHANCERY-CALLER',
    'chancery_caller',
    'Chancery_Caller',
    'CHANCERY-caller_',
    'chancery-anything',
  ])('is gone from every place when it comes from outside as %s (GW-15)', async (name) => {
    const request = await send(`${name}: forged`, 'Accept: text/plain', `${name}: forged again`);
    expect(everywhere(request)).not.toContain('forged');
    expect(request.headers).toEqual({ host: 'x', connection: 'close', accept: 'text/plain' });
    expect(request.headersDistinct).toEqual({ host: ['x'], connection: ['close'], accept: ['text/plain'] });
    expect(request.rawHeaders).toEqual(['Host', 'x', 'Connection', 'close', 'Accept', 'text/plain']);
  });

  it('is not taken for one by its value, or by a name that only resembles it', async () => {
    const request = await send('X-Chancery-Caller: a', 'Accept: chancery-caller');
    expect(request.headers).toMatchObject({ 'x-chancery-caller': 'a', accept: 'chancery-caller' });
  });

  it('is there for a service behind when we set it', async () => {
    const request = await send('chancery-caller: forged');
    setOwnHeader(request, 'chancery-caller', 'ours');
    expect(request.headers['chancery-caller']).toBe('ours');
    expect(request.headersDistinct['chancery-caller']).toEqual(['ours']);
    expect(request.rawHeaders.slice(-2)).toEqual(['chancery-caller', 'ours']);
    expect(everywhere(request)).not.toContain('forged');
  });
});
