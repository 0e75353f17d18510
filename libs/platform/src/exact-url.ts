import { limits } from '@chancery/oauth';

/** A URL that comes back byte for byte from a parser, without userinfo: two readings of one URL are one too many (S-001). */
export function exactUrl(value: unknown): URL | undefined {
  if (typeof value !== 'string' || value.length > limits.uriChars || !URL.canParse(value)) return undefined;
  const url = new URL(value);
  const spelled = url.href === value || (url.pathname === '/' && url.href === `${value}/`);
  return spelled && url.username === '' && url.password === '' ? url : undefined;
}
