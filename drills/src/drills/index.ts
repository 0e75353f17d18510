import type { Drill } from '../drill.js';
import { clock } from './clock.js';
import { duplicate } from './duplicate.js';
import { full } from './full.js';
import { kafkaOut } from './kafka-out.js';
import { kill } from './kill.js';
import { order } from './order.js';
import { partition } from './partition.js';
import { poison } from './poison.js';
import { postgresOut } from './postgres-out.js';
import { race } from './race.js';
import { slow } from './slow.js';
import { soak } from './soak.js';
import { strict } from './strict.js';

export const drills: readonly Drill[] = [
  kill,
  race,
  strict,
  order,
  partition,
  kafkaOut,
  postgresOut,
  clock,
  duplicate,
  poison,
  slow,
  full,
  soak,
];
