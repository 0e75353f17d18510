import { again, twice, type Reading } from '@chancery/eventstore';
import { OAuthError } from '@chancery/oauth';

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
      if (reading === 'cached' && error instanceof OAuthError) return again;
      throw error;
    }
  });
