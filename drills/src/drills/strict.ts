import type { Drill } from '../drill.js';
import { checkAll } from '../invariants/check-all.js';
import { doubled } from '../stack/replicas.js';
import { openSite } from '../stack/site.js';
import { issuedBehindAnEnd } from '../strict/following.js';
import { kinds } from '../strict/kinds.js';
import { type Played, playRound } from '../strict/play-round.js';

/** REL-F5, its second half: once an act that reduces authority has answered, no replica records an issuance under what it ended. */
export const strict: Drill = {
  name: 'strict',
  what: 'every act that reduces authority, interleaved with issuing, exchanging and registering at two replicas',
  times: 600,
  seconds: 1,
  async run(world) {
    const site = await openSite(world);
    const { doors } = await doubled(world, site);
    const { operator, bound } = site;
    const played = new Map<string, Played>();
    const order = Array.from({ length: Math.ceil(world.times / kinds.length) }, () => world.random.shuffle(kinds)).flat();
    const rounds = order
      .slice(0, world.times)
      .map((kind, number) => ({ number, kind, doors, operator, bound, random: world.random.fork() }));
    const waiting = [...rounds];
    const work = async (): Promise<void> => {
      for (let round = waiting.shift(); round; round = waiting.shift()) {
        if (round.number % 20 === 0) world.say(`round ${round.number + 1} of ${world.times}`);
        const { given, refused, again } = await playRound(world, round);
        const { name } = round.kind;
        const sofar = played.get(name) ?? { given: 0, refused: 0, again: 0 };
        played.set(name, { given: sofar.given + given, refused: sofar.refused + refused, again: sofar.again + again });
      }
    };
    await Promise.all(Array.from({ length: 3 }, work));
    world.count('interleavings', rounds.length);
    for (const [name, { given, refused, again }] of played)
      world.count(`${name}: racers given / refused / told to come again`, [given, refused, again].join(' / '));
    world.hold('no issuance follows what ended what it rests on', await issuedBehindAnEnd(site.behind));
    await checkAll(world, site);
  },
};
