import { describe, expect, it } from 'vitest';
import { databaseClock } from './database-clock.js';

const at = 1_790_000_000;
const make = () => {
  const world = { seconds: 50 };
  return { world, clock: databaseClock(() => world.seconds) };
};

describe('the database’s clock', () => {
  it('is unknown before it was heard: no comparison with it holds', () => {
    const { clock } = make();
    expect(clock.latest() <= Infinity || clock.now() > 0).toBe(false);
    expect(clock.due()).toBe(true);
  });

  it('lies between sent and received: the middle is the estimate, sent the latest it can be', () => {
    const { world, clock } = make();
    world.seconds = 52;
    clock.sample({ now: at * 1e6, sent: 50, received: 52 });
    expect(clock.now()).toBe(at + 1);
    expect(clock.latest()).toBe(at + 2);
  });

  it('says the latest it can have been at a moment before it was heard', () => {
    const { world, clock } = make();
    expect(clock.latestAt(49)).toBeNaN();
    world.seconds = 52;
    clock.sample({ now: at * 1e6, sent: 50, received: 52 });
    world.seconds = 100;
    expect(clock.latestAt(49)).toBe(at - 1);
  });

  it('goes on with the monotonic clock', () => {
    const { world, clock } = make();
    clock.sample({ now: at * 1e6, sent: 50, received: 50 });
    world.seconds += 100;
    expect(clock.now()).toBe(at + 100);
  });

  it('keeps the sample that took the shorter way, for half a minute', () => {
    const { world, clock } = make();
    clock.sample({ now: at * 1e6, sent: 50, received: 50 });
    world.seconds = 60;
    clock.sample({ now: (at + 5) * 1e6, sent: 55, received: 60 });
    expect(clock.now()).toBe(at + 10);
    world.seconds = 80;
    expect(clock.due()).toBe(true);
    clock.sample({ now: (at + 33) * 1e6, sent: 79, received: 80 });
    expect(clock.now()).toBe(at + 33.5);
    expect(clock.due()).toBe(false);
  });

  it('is never behind a heartbeat that was heard, and never ahead of itself because of one', () => {
    const { clock } = make();
    clock.sample({ now: at * 1e6, sent: 50, received: 50 });
    clock.atLeast((at - 5) * 1e6);
    expect(clock.now()).toBe(at);
    clock.atLeast((at + 5) * 1e6);
    expect(clock.now()).toBe(at + 5);
  });

  it('does not run ahead of a heartbeat, however old its sample is, and is due as before', () => {
    const { world, clock } = make();
    clock.sample({ now: at * 1e6, sent: 50, received: 52 });
    world.seconds = 76;
    clock.atLeast((at + 27) * 1e6);
    expect(clock.now()).toBe(at + 27);
    expect(clock.latest()).toBe(at + 28);
    expect(clock.due()).toBe(false);
    world.seconds = 82;
    expect(clock.now()).toBe(at + 33);
    expect(clock.due()).toBe(true);
  });
});
