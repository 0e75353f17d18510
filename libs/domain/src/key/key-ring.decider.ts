import type { KeyEvent } from '@chancery/events';
import { decided, type Decision, refuse } from '../decision.js';

type Added = Extract<KeyEvent, { type: 'key.added' }>;

export interface RingKey {
  readonly kid: string;
  readonly alg: Added['alg'];
  readonly jwk: Added['jwk'];
  readonly status: 'next' | 'active' | 'retired' | 'revoked';
  /** Seconds. */
  readonly publishedAt: number;
  readonly retiredAt?: number;
}

export interface KeyRingState {
  readonly keys: Readonly<Record<string, RingKey>>;
  readonly active?: string;
}

export type KeyRingCommand =
  | { type: 'add-key'; purpose: string; kid: string; alg: Added['alg']; jwk: Added['jwk']; at: number; by: string }
  /** `minPublished`: seconds a key must have been published before it signs: longer than any cache (META-06). */
  | { type: 'activate-key'; purpose: string; kid: string; at: number; minPublished: number; by: string }
  | { type: 'revoke-key'; purpose: string; kid: string; reason: string; at: number; by: string };

export type KeyRefusal = 'key_exists' | 'key_unknown' | 'key_not_next' | 'published_too_recently' | 'no_next_key';

/** Of several that wait, the one published last: it has the algorithm that is configured now. */
export const latestNext = ({ keys }: KeyRingState): RingKey | undefined =>
  Object.values(keys)
    .filter(({ status }) => status === 'next')
    .toSorted((left, right) => right.publishedAt - left.publishedAt)[0];

/** The lives of one purpose's signing keys: next, active, retired; or revoked, for ever. */
export const keyRing = {
  initial: { keys: {} } as KeyRingState,

  evolve(state: KeyRingState, event: KeyEvent): KeyRingState {
    switch (event.type) {
      case 'key.added': {
        const { kid, alg, jwk, publishedAt } = event;
        return { ...state, keys: { ...state.keys, [kid]: { kid, alg, jwk, publishedAt, status: 'next' } } };
      }
      case 'key.activated': {
        const keys = { ...state.keys };
        const retired = event.retires === undefined ? undefined : keys[event.retires];
        if (retired?.status === 'active') keys[retired.kid] = { ...retired, status: 'retired', retiredAt: event.activatedAt };
        const activated = keys[event.kid];
        if (activated) keys[event.kid] = { ...activated, status: 'active' };
        return { keys, active: event.kid };
      }
      case 'key.revoked': {
        const { active, ...rest } = state;
        const revoked = state.keys[event.kid];
        const keys = revoked ? { ...state.keys, [event.kid]: { ...revoked, status: 'revoked' as const } } : state.keys;
        return active === undefined || active === event.kid ? { ...rest, keys } : { ...rest, keys, active };
      }
    }
  },

  decide(command: KeyRingCommand, state: KeyRingState): Decision<KeyEvent, KeyRefusal> {
    const key = Object.hasOwn(state.keys, command.kid) ? state.keys[command.kid] : undefined;
    switch (command.type) {
      case 'add-key': {
        if (key) return refuse('key_exists');
        const { purpose, kid, alg, jwk, at, by } = command;
        return decided({ type: 'key.added', purpose, kid, alg, jwk, publishedAt: at, by });
      }
      case 'activate-key': {
        if (!key) return refuse('key_unknown');
        if (key.status === 'active') return decided();
        if (key.status !== 'next') return refuse('key_not_next');
        // The first key of a ring has nobody who could have cached a set without it.
        const waits = state.active !== undefined && key.publishedAt + command.minPublished > command.at;
        if (waits) return refuse('published_too_recently');
        const { purpose, kid, at, by } = command;
        return decided({
          type: 'key.activated',
          purpose,
          kid,
          ...(state.active !== undefined && { retires: state.active }),
          activatedAt: at,
          by,
        });
      }
      case 'revoke-key': {
        if (!key) return refuse('key_unknown');
        if (key.status === 'revoked') return decided();
        const { purpose, kid, reason, at, by } = command;
        const revoked = { type: 'key.revoked', purpose, kid, reason, by } as const;
        if (key.status !== 'active') return decided(revoked);
        // Without somebody to hand over to, nothing could be signed until a restart: whoever wants that stops the server (ADR 0014).
        const next = latestNext(state);
        if (!next) return refuse('no_next_key');
        return decided(revoked, { type: 'key.activated', purpose, kid: next.kid, activatedAt: at, by });
      }
    }
  },
};
