import { gatewayWindow } from '@chancery/oauth';
import type { Target } from '@chancery/platform';
import type { Budgets, Route } from './route.js';

/** The API behind the gateway that the first start comes with (design §12). */
export const demoRoute = (issuer: string, budgets: Budgets, target: Target): Route => ({
  resource: `${issuer}/demo`,
  name: 'Demo notes',
  prefix: '/demo',
  operations: [
    { method: 'GET', path: '/notes', scope: ['demo:read'] },
    { method: 'POST', path: '/notes', scope: ['demo:write'] },
  ],
  bearer: false,
  proofWindow: gatewayWindow,
  unrecorded: 'spool',
  ...budgets,
  upstream: { target },
});
