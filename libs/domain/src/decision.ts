/** What a decider answers: facts to record, or a decided "no" with its reason. `Events` says how many facts, where that is known. */
export type Decision<Event, Refusal extends string, Events extends readonly Event[] = readonly Event[]> =
  | { readonly ok: true; readonly events: Events }
  | { readonly ok: false; readonly refusal: Refusal };

export const decided = <const Events extends readonly unknown[]>(...events: Events): { ok: true; events: Events } => ({ ok: true, events });

export const refuse = <Refusal extends string>(refusal: Refusal): { ok: false; refusal: Refusal } => ({ ok: false, refusal });
