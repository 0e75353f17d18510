import { type AddressInfo, createServer, type Server } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { openDataSource } from './data-source.js';

/** AuthenticationOk, ReadyForQuery, and a FATAL ErrorResponse (PostgreSQL 18, "Message Formats"). */
const greetingAndGoodbye = Buffer.concat([
  message('R', Buffer.alloc(4)),
  message('Z', Buffer.from('I')),
  message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0')),
]);

it('a server that dies while it greets costs its connection, not the process', async () => {
  const unheard: unknown[] = [];
  const listen = (error: unknown) => void unheard.push(error);
  process.on('uncaughtExceptionMonitor', listen);
  const server = await serve(greetingAndGoodbye);
  onTestFinished(() => {
    process.off('uncaughtExceptionMonitor', listen);
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const opening = openDataSource({ url: `postgres://somebody@127.0.0.1:${port}/x`, applicationName: 'spec', connections: 1 });
  await expect(opening).rejects.toThrow('connection error');
  expect(unheard).toEqual([]);
});

function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + body.length);
  return Buffer.concat([Buffer.from(type), length, body]);
}

/** Answers whatever is said first with these bytes, at once, and hangs up. */
function serve(bytes: Buffer): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {}).once('data', () => socket.end(bytes));
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
