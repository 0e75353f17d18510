import { existsSync } from 'node:fs';
import { readOperator } from '../operator.js';

/** Whether the Chancery of a credential file runs and is ready. @throws Refused for a damaged file: playing elsewhere would hide that */
export async function isReady(operatorFile: string): Promise<boolean> {
  if (!existsSync(operatorFile)) return false;
  const { issuer } = await readOperator(operatorFile);
  try {
    const response = await fetch(`${issuer}/health/ready`, { signal: AbortSignal.timeout(3_000), redirect: 'error' });
    return response.ok;
  } catch {
    return false;
  }
}
