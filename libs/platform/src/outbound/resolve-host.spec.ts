import { createSocket } from 'node:dgram';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openResolver } from './resolve-host.js';

const type = { A: 1, CNAME: 5, AAAA: 28 } as const;

interface Answer {
  readonly type: keyof typeof type;
  readonly data: Buffer;
  /** The name it is about; the one that was asked for when absent. */
  readonly name?: Buffer;
}

/** A DNS server (RFC 1035 §4) that says this to whoever asks for records of that type, and what it was asked. */
async function dns(records: Partial<Record<'A' | 'AAAA', readonly Answer[] | 'nothing'>>): Promise<{ server: string; asked: string[] }> {
  const asked: string[] = [];
  const socket = createSocket('udp4', (query, { port, address }) => {
    const end = query.indexOf(0, 12) + 1;
    const wanted = query.readUInt16BE(end) === type.A ? 'A' : 'AAAA';
    asked.push(`${wanted} ${nameIn(query)}`);
    const answers = records[wanted] ?? [];
    if (answers === 'nothing') return;
    const header = Buffer.from([query[0] ?? 0, query[1] ?? 0, 0x81, 0x80, 0, 1, 0, answers.length, 0, 0, 0, 0]);
    socket.send(Buffer.concat([header, query.subarray(12, end + 4), ...answers.map(record)]), port, address);
  });
  await new Promise<void>((resolve) => {
    socket.bind(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => void socket.close());
  return { server: `127.0.0.1:${socket.address().port}`, asked };
}

/** The labels of the question, as a name. */
function nameIn(query: Buffer): string {
  const labels: string[] = [];
  for (let at = 12, length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.subarray(at + 1, at + 1 + length).toString('latin1'));
    at += 1 + length;
  }
  return labels.join('.');
}

/** With a TTL of 0. */
function record({ type: kind, data, name = Buffer.from([0xc0, 12]) }: Answer): Buffer {
  return Buffer.concat([name, Buffer.from([0, type[kind], 0, 1, 0, 0, 0, 0, 0, data.length]), data]);
}

const a = (...bytes: number[]): Answer => ({ type: 'A', data: Buffer.from(bytes) });
const loopback6: Answer = { type: 'AAAA', data: Buffer.from([...Array.from({ length: 15 }, () => 0), 1]) };

describe('the addresses of a name', () => {
  it('are all that DNS has of both families, asked for anew each time', async () => {
    const { server, asked } = await dns({ A: [a(8, 8, 8, 8), a(10, 0, 0, 1)], AAAA: [loopback6] });
    const resolve = openResolver([server]);
    for (let n = 0; n < 2; n++)
      expect((await resolve('agent.example', new AbortController().signal)).toSorted()).toEqual(['10.0.0.1', '8.8.8.8', '::1']);
    expect(asked).toHaveLength(4);
  });

  it('are those of one family where the other has none, and none where neither has', async () => {
    const { server } = await dns({ A: [a(8, 8, 8, 8)] });
    expect(await openResolver([server])('agent.example', new AbortController().signal)).toEqual(['8.8.8.8']);
    const { server: empty } = await dns({});
    expect(await openResolver([empty])('agent.example', new AbortController().signal)).toEqual([]);
  });

  it('are those of the name it is an alias of (S-023)', async () => {
    const localhost = Buffer.from('\u0009localhost\u0000', 'latin1');
    const { server } = await dns({
      A: [
        { type: 'CNAME', data: localhost },
        { ...a(127, 0, 0, 1), name: localhost },
      ],
    });
    expect(await openResolver([server])('agent.example', new AbortController().signal)).toEqual(['127.0.0.1']);
  });

  it('are not what the hosts file or a search list says', async () => {
    const { server, asked } = await dns({});
    const resolve = openResolver([server]);
    for (const name of ['localhost.agent.example', 'keys']) expect(await resolve(name, new AbortController().signal)).toEqual([]);
    expect(asked.toSorted()).toEqual(['A keys', 'A localhost.agent.example', 'AAAA keys', 'AAAA localhost.agent.example']);
  });

  it('are not waited for any longer than the signal says', async () => {
    const { server } = await dns({ A: 'nothing', AAAA: 'nothing' });
    const before = performance.now();
    expect(await openResolver([server])('agent.example', AbortSignal.timeout(100))).toEqual([]);
    expect(performance.now() - before).toBeLessThan(3_500);
  });
});
