/** What stands in a token. */
export const claimsOf = (jwt: string): Readonly<Record<string, string>> =>
  JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<string, string>;
