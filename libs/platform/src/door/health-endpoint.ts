import type { IncomingMessage, ServerResponse } from 'node:http';
import { OAuthError } from '@chancery/oauth';
import type { Health } from '../health/health.js';
import { answerJson } from './answer-here.js';

/** Answers `/health/live` (this process alone) and `/health/ready`, naming what is not. Whether the path was one of them. */
export async function answerHealth(
  path: string,
  health: Health,
  { req, res }: { req: IncomingMessage; res: ServerResponse },
): Promise<boolean> {
  if (path !== '/health/live' && path !== '/health/ready') return false;
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    throw new OAuthError('invalid_request', { refusal: 'method_not_allowed', status: 405, headers: { allow: 'GET, HEAD' } });
  }
  const notReady = path === '/health/live' ? [] : await health.notReady();
  const status = notReady.length === 0 ? 200 : 503;
  answerJson(
    res,
    status,
    status === 200 ? { status: 'ok' } : { status: 'not_ready', not_ready: notReady },
    status === 503 ? { 'retry-after': '1' } : {},
  );
  return true;
}
