import { hostname } from 'node:os';

/** The name of a gateway that was given none: the same after a restart, and another one for each process that serves. */
export const gatewayName = (port: number): string =>
  `${hostname()
    .replaceAll(/[^A-Za-z0-9_.-]/g, '-')
    .slice(0, 50)}-${port}`;
