import { formatUntil, type Instant } from '../../instant.js';
import type { Evidence } from '../narrator.js';
import type { Stage } from '../stage.js';

interface Minted {
  readonly id: string;
  readonly initial_access_token: string;
  readonly class: string;
  readonly uses: number;
  readonly expires_at: Instant;
}

/** An operator makes what opens exactly one registration. */
export async function mint({ operator }: Stage, { holds }: Evidence): Promise<string> {
  const minted = await operator.call<Minted>({
    act: 'mint an initial access token',
    scope: 'chancery:registry',
    method: 'POST',
    path: '/iats',
    body: { class: 'default', uses: 1, expires_in: 600, note: 'npm run demo' },
  });
  const { id, class: name, uses } = minted;
  holds(
    name === 'default' && uses === 1,
    `${id}: class ${name}, opens ${uses} registration`,
    `expected class default and 1 use, saw class ${name} and ${uses}`,
  );
  const ends = formatUntil(minted.expires_at, Date.now());
  holds(
    ends !== 'over' && ends !== '–',
    `ends ${ends}; its secret was shown once and only its hash is kept`,
    `expected an end in 10 minutes, saw ${ends}`,
  );
  return minted.initial_access_token;
}
