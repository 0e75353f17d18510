import { z } from 'zod';

/** What is said twice is said wrong: one of the two was meant to be another. */
export const distinct = (list: readonly string[]): boolean => new Set(list).size === list.length;

/** RFC 6749 §3.3, as operators write it: a list. */
export const scope = z
  .array(z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,256}$/))
  .min(1)
  .max(128)
  .refine(distinct);
