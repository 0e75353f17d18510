/**
 * On every answer (ASVS V3; S-130). A route that may be cached says so itself; `no-store` is what is left when nobody thought of it (WIRE-13).
 */
export const answerHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};
