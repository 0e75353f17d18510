/** No role may update or delete an event, the owner included. For each statement, because only such a trigger hears of a truncate. */
export const immutable = `
  create function es.refuse_change() returns trigger
  language plpgsql set search_path = pg_catalog, pg_temp
  as $$ begin raise exception 'events are never changed' using errcode = '42501'; end $$;

  create trigger event_immutable before update or delete or truncate on es.event
    for each statement execute function es.refuse_change();
  -- A trigger for each statement fires where the statement points: each partition needs its own.
  create trigger event_immutable before update or delete or truncate on es.event_before_grants
    for each statement execute function es.refuse_change();
  create trigger event_immutable before update or delete or truncate on es.event_after_grants
    for each statement execute function es.refuse_change();
`;
