/** Why nothing was fetched: for records, logs and metrics, never for whoever named the address. */
export type FetchRefusal =
  | 'url_unacceptable'
  | 'host_not_public'
  | 'address_not_public'
  | 'not_resolved'
  | 'not_reached'
  | 'too_slow'
  | 'redirected'
  | 'status_not_ok'
  | 'type_unexpected'
  | 'encoded'
  | 'too_large'
  | 'broken_off'
  | 'content_unacceptable'
  | 'too_many_at_once'
  | 'asked_too_often';

/** The one error of every fetch that came to nothing: its text is the same whatever happened (S-026). */
export class FetchRefused extends Error {
  override readonly name = 'FetchRefused';
  constructor(
    readonly refusal: FetchRefusal,
    options?: ErrorOptions,
  ) {
    super('the document could not be fetched', options);
  }
}
