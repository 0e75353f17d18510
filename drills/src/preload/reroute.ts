// Loaded by a process before its own modules: connections to some ports on this machine lead over wires that a drill can cut. A broker tells its
// clients where it listens, so that no setting could lead them elsewhere.
import net from 'node:net';
import { told } from '../environment.js';

/** `from:to,…`, ports. */
const routes = new Map(
  (told('DRILL_ROUTES') ?? '')
    .split(',')
    .filter((route) => route !== '')
    .map((route) => route.split(':').map(Number) as [number, number]),
);

type Connect = (this: net.Socket, ...args: unknown[]) => net.Socket;
// oxlint-disable-next-line typescript/unbound-method -- called with its socket
const connect = net.Socket.prototype.connect as Connect;

const routed = (port: unknown): unknown => routes.get(Number(port)) ?? port;
const withPort = (options: object): object => ('port' in options ? { ...options, port: routed(options.port) } : options);

net.Socket.prototype.connect = function (this: net.Socket, first: unknown, ...rest: unknown[]): net.Socket {
  // net.connect hands its arguments over as an array that is marked as normalized, by a symbol: it is changed, not copied.
  if (Array.isArray(first)) {
    first[0] = withPort(first[0] as object);
    return connect.call(this, first, ...rest);
  }
  const there = typeof first === 'object' && first !== null ? withPort(first) : routed(first);
  return connect.call(this, there, ...rest);
};
