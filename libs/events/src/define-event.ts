import { z } from 'zod';
import type { RevokedSubject } from './revocation.js';

/** One step from version n of an event's data to version n + 1. An upcast never invents history. */
export type Upcast = (data: never) => unknown;

export interface EventDefinition<Type extends string = string, Shape extends z.ZodRawShape = z.ZodRawShape> {
  readonly type: Type;
  /** The number of upcasts plus one, so nobody can forget to count. */
  readonly version: number;
  /** Whether it can reduce somebody's authority: an append that rests on the stream as read before it is stale (design §4). */
  readonly fence: boolean;
  readonly schema: z.ZodObject<Shape, z.core.$strict>;
  readonly upcasts: readonly Upcast[];
  /** What ends with this event, written into the revocation set by the same append. */
  readonly revokes?: ((data: z.output<z.ZodObject<Shape, z.core.$strict>>) => readonly RevokedSubject[]) | undefined;
}

/** The event as code reads it: its type beside its data. */
export type EventOf<Definition> =
  Definition extends EventDefinition<infer Type, infer Shape> ? { type: Type } & z.output<z.ZodObject<Shape, z.core.$strict>> : never;

/** Declares one event type. Its fields are listed and closed: what is not in `schema` cannot be written (EVT-05, S-139). */
export function defineEvent<Type extends string, Shape extends z.ZodRawShape>(options: {
  type: Type;
  schema: Shape;
  fence?: boolean;
  revokes?: (data: z.output<z.ZodObject<Shape, z.core.$strict>>) => readonly RevokedSubject[];
  upcasts?: readonly Upcast[];
}): EventDefinition<Type, Shape> {
  const upcasts = options.upcasts ?? [];
  return {
    type: options.type,
    version: upcasts.length + 1,
    fence: options.fence ?? false,
    schema: z.strictObject(options.schema),
    upcasts,
    revokes: options.revokes,
  };
}
