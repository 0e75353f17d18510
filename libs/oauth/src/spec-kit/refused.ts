import { OAuthError, type OAuthErrorCode } from '../errors.js';

export interface Refused {
  code: OAuthErrorCode;
  refusal: string;
}

/** Code and reason an act was refused with. What throws anything but an OAuthError, or nothing, fails the spec. */
export function refusalOf(act: () => unknown): Refused {
  try {
    act();
  } catch (error) {
    if (error instanceof OAuthError) return { code: error.code, refusal: error.refusal };
    throw error;
  }
  throw new Error('nothing was refused');
}

/** Runs an act on hostile input: `undefined` when it passed, the error when it was refused. Another exception fails the spec. */
export function refusedOrPassed(act: () => unknown): OAuthError | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof OAuthError) return error;
    throw error;
  }
}
