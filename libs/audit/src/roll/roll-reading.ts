import { type Log, operatorOf, type OperatorDeps, type ServiceRequest } from '@chancery/platform';
import { latestCheckpoint, type StoredCheckpoint } from './checkpoints.js';
import { cutCheckpoint, type RollDeps } from './cut-checkpoint.js';
import { entryLines, type Frame, frameOf, proofOf } from './export-roll.js';
import { printNoteKey } from './proof/note-key.js';
import { RollBroken } from './roll-broken.js';
import { noSuchPosition, parsePosition, parseRollQuery } from './roll-request.js';

/** What a checkpoint's answer holds. */
interface CheckpointAnswer {
  readonly size: number;
  /** A C2SP signed note. */
  readonly checkpoint: string;
}

/** What operators with scope `chancery:audit` may have of the roll. Every method: whose act, one call, one answer. @throws OAuthError */
export class RollReading {
  constructor(
    private readonly roll: RollDeps,
    private readonly operators: OperatorDeps,
    private readonly log: Log,
  ) {}

  /** The public keys to verify checkpoints with; the first is the one that signs. */
  key(request: ServiceRequest): Record<string, unknown> {
    this.#admit(request);
    parseRollQuery('nothing', request.query);
    const { kid } = this.roll.key();
    const keys = this.roll.keys().toSorted((left, right) => Number(right.kid === kid) - Number(left.kid === kid));
    const { origin } = this.roll;
    return { origin, keys: keys.map(({ key }) => printNoteKey(origin, key)), jwks: keys.map(({ jwk }) => jwk) };
  }

  async checkpoint(request: ServiceRequest): Promise<CheckpointAnswer> {
    this.#admit(request);
    parseRollQuery('nothing', request.query);
    return answerOf(await latestCheckpoint(this.roll.dataSource, this.roll.tenant, this.roll.key().kid));
  }

  /** Signs the roll now. Where it contradicts what was signed, nothing is, and the answer is the last word that was. */
  async cut(request: ServiceRequest): Promise<CheckpointAnswer> {
    this.#admit(request);
    parseRollQuery('nothing', request.query);
    try {
      return answerOf(await cutCheckpoint(this.roll));
    } catch (err) {
      if (!(err instanceof RollBroken)) throw err;
      this.log.error({ err, reason: 'roll_broken' }, 'the roll contradicts itself: nothing more is signed');
      return answerOf(await latestCheckpoint(this.roll.dataSource, this.roll.tenant, this.roll.key().kid));
    }
  }

  async proof(request: ServiceRequest, position: string): Promise<{ proof: string }> {
    this.#admit(request);
    parseRollQuery('nothing', request.query);
    const proof = await proofOf(parsePosition(position), this.roll);
    if (proof === undefined) throw noSuchPosition();
    return { proof };
  }

  async frame(request: ServiceRequest): Promise<Frame> {
    this.#admit(request);
    const frame = await frameOf(parseRollQuery('range', request.query), this.roll);
    if (frame === undefined) throw noSuchPosition();
    return frame;
  }

  async entries(request: ServiceRequest): Promise<{ lines: readonly string[] }> {
    this.#admit(request);
    const page = parseRollQuery('page', request.query);
    return { lines: await entryLines(this.roll.dataSource, this.roll.tenant, page) };
  }

  #admit(request: ServiceRequest): void {
    operatorOf(request, 'chancery:audit', this.operators);
  }
}

function answerOf(stored: StoredCheckpoint | undefined): CheckpointAnswer {
  if (stored === undefined) throw noSuchPosition();
  return { size: stored.size, checkpoint: stored.note };
}
