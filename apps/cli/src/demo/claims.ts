/** What the story looks at in an access token. An agent has no business reading its tokens (RFC 9068 §6); a reader of the story has. */
export interface Claims {
  readonly aud: string;
  readonly scope: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  readonly grant_id: string;
  readonly cnf?: { readonly jkt?: string };
  readonly lineage?: readonly { readonly grant: string }[];
}

/** Reads the claims without checking the signature. @throws Error for what is no JWT, without a byte of it */
export function claimsOf(token: string): Claims {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Claims;
  } catch {
    throw new Error('expected a JWT as access token, saw something else');
  }
}
