/**
 * The bytes of canonical base64url (RFC 7515 §2): no padding, no whitespace, no other alphabet, no stray bits in the last character.
 * `undefined` for any other spelling, so that one value has one spelling.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url'); // lenient, which is why it is spelled back
  return bytes.toString('base64url') === text ? bytes : undefined;
}

/** Base64url of the UTF-8 of a text or of bytes. */
export const encodeBase64url = (value: string | Uint8Array): string =>
  (typeof value === 'string' ? Buffer.from(value) : Buffer.from(value.buffer, value.byteOffset, value.byteLength)).toString('base64url');
