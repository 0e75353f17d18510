import { again, twice, type Reading } from '@chancery/eventstore';
import { OAuthError } from '@chancery/oauth';

const finals = new WeakSet<OAuthError>();

/** Says that the append itself decided this refusal, so that no other reading could change it. Answers the same error. */
export function final(error: OAuthError): OAuthError {
  finals.add(error);
  return error;
}

/**
 * A use case that refuses by throwing, tried on a cached reading and once more on a fresh one (design §4). A refusal on a cached reading
 * may rest on what was true before, such as a suspension that was lifted meanwhile, so only the fresh one's stands.
 * @throws OAuthError for a refusal, StoreUnavailable when it kept changing
 */
export const attemptTwice = <T>(attempt: (reading: Reading) => Promise<T | typeof again>): Promise<T> =>
  twice<T>(async (reading) => {
    try {
      return await attempt(reading);
    } catch (error) {
      if (reading === 'cached' && error instanceof OAuthError && !finals.has(error)) return again;
      throw error;
    }
  });
