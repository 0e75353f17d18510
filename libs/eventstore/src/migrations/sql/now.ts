/** The one place that reads a clock. A test database replaces this function and nothing else (`@chancery/eventstore/moved-clock`). */
export const now = `
  create function es.now() returns timestamptz
  language sql volatile parallel safe
  as 'select pg_catalog.clock_timestamp()';
`;
