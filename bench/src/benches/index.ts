import type { Bench } from '../world.js';
import { append } from './append.js';
import { audit } from './audit.js';
import { durability } from './durability.js';
import { gateway } from './gateway.js';
import { memory } from './memory.js';
import { pool } from './pool.js';
import { replay } from './replay.js';
import { revocation } from './revocation.js';
import { scale } from './scale.js';
import { token } from './token.js';

/** In the order they run. */
export const benches: readonly Bench[] = [token, durability, append, gateway, revocation, pool, memory, audit, replay, scale];
