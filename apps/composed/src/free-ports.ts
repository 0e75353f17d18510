import { createServer } from 'node:net';

/** Whether all of these can be listened on now, on loopback. */
export const areFree = async (ports: readonly number[]): Promise<boolean> => (await Promise.all(ports.map(isFree))).every(Boolean);

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer().once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
