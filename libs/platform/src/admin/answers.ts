import { z } from 'zod';
import { isPlainText } from '../plain-text.js';
import type { Acted } from './act.js';
import { bodyAs } from './body.js';
import { rfc3339 } from './rfc3339.js';

const body = z.strictObject({ reason: z.string().min(1).max(512).refine(isPlainText) });

/** Why an operator acts; every act that takes authority away says so. */
export const reasonOf = (raw: Uint8Array): string => bodyAs(raw, body).reason;

/** What an act answers: when it was recorded and as which event, or that it was so already; then too, where that is known. */
export const actedAnswer = ({ already, at, position }: Acted): Record<string, unknown> => ({
  already,
  ...(at !== undefined && { at: rfc3339(at) }),
  ...(position !== undefined && { position: String(position) }),
});
