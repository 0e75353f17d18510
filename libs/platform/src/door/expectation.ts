import type { IncomingMessage } from 'node:http';
import { OAuthError } from '@chancery/oauth';

/** That a request expects nothing of us but a word before its body. @throws OAuthError `invalid_request` with 417 (RFC 9110 §10.1.1) */
export function checkExpectation({ headers }: IncomingMessage): void {
  const { expect } = headers;
  if (expect === undefined || expect.split(',').every((each) => each.trim().toLowerCase() === '100-continue')) return;
  throw new OAuthError('invalid_request', {
    refusal: 'expectation_unsupported',
    status: 417,
    description: 'nothing but 100-continue can be expected here',
  });
}
