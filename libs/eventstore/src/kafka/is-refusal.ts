/** What a broker will say again, however often it is asked. */
const refusals = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
]);

/** Whether an error, or what it was caused by, is a refusal of the broker and no failure on the way to it. */
export function isRefusal(error: unknown, depth = 5): boolean {
  if (!(error instanceof Error) || depth === 0) return false;
  const { type, name } = error as { type?: unknown; name: string };
  if ((typeof type === 'string' && refusals.has(type)) || name === 'KafkaJSSASLAuthenticationError') return true;
  return isRefusal(error.cause, depth - 1);
}
