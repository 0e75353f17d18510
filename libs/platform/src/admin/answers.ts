import { z } from 'zod';
import { isPlainText } from '../plain-text.js';
import type { Acted } from './act.js';
import { bodyAs } from './body.js';

const body = z.strictObject({ reason: z.string().min(1).max(512).refine(isPlainText) });

/** Why an operator acts; every act that takes authority away says so. */
export const reasonOf = (raw: Uint8Array): string => bodyAs(raw, body).reason;

/** What an act answers: when it was recorded, or that it was so already. */
export const actedAnswer = (acted: Acted): Record<string, unknown> =>
  acted.already ? { already: true } : { already: false, at: new Date(acted.at / 1000).toISOString() };
