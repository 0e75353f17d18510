/** What a decider answers: facts to record, or a decided "no" with its reason. */
export type Decision<Event, Refusal extends string> =
  | { readonly ok: true; readonly events: readonly Event[] }
  | { readonly ok: false; readonly refusal: Refusal };

export const decided = <Event>(...events: Event[]): { ok: true; events: readonly Event[] } => ({ ok: true, events });

export const refuse = <Refusal extends string>(refusal: Refusal): { ok: false; refusal: Refusal } => ({ ok: false, refusal });
