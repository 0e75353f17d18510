import { OAuthError } from '@chancery/oauth';
import { exactUrl } from '@chancery/platform';

const infoUris = ['client_uri', 'logo_uri', 'tos_uri', 'policy_uri'] as const;

/** Known members whose feature does not exist here: honoured or refused, never ignored (WIRE-20). */
const unavailable: Readonly<Record<string, (value: unknown) => boolean>> = {
  tls_client_certificate_bound_access_tokens: (value) => value === true,
  tls_client_auth_subject_dn: () => true,
  tls_client_auth_san_dns: () => true,
  tls_client_auth_san_uri: () => true,
  tls_client_auth_san_ip: () => true,
  tls_client_auth_san_email: () => true,
  require_pushed_authorization_requests: (value) => value === true,
  authorization_details_types: () => true,
  introspection_signed_response_alg: () => true,
};

export function refuseUnavailable(document: Record<string, unknown>): void {
  // S-013: a statement that nobody checks must not be taken for one that was.
  if ('software_statement' in document)
    throw new OAuthError('invalid_software_statement', {
      refusal: 'statement_not_supported',
      description: 'software statements are not accepted here',
    });
  for (const [member, asks] of Object.entries(unavailable)) {
    if (member in document && asks(document[member]))
      throw new OAuthError('invalid_client_metadata', { refusal: 'member_not_available', description: `${member} is not available here` });
  }
}

/** DCR-06, DCR-07, S-001: an allow-list by parsed scheme decides, before anything else looks at the document. */
export function refuseUris(document: Record<string, unknown>): void {
  for (const member of infoUris) {
    if (member in document && !isHttps(document[member]))
      throw new OAuthError('invalid_client_metadata', { refusal: 'uri_not_allowed', description: `${member} is not an https URL` });
  }
  if (!('redirect_uris' in document)) return;
  const uris = document['redirect_uris'];
  if (!Array.isArray(uris) || uris.length > 16 || !uris.every((uri) => isRedirect(uri)))
    throw new OAuthError('invalid_redirect_uri', { refusal: 'uri_not_allowed', description: 'a redirect URI is unacceptable' });
  if (uris.length > 0)
    throw new OAuthError('invalid_client_metadata', {
      refusal: 'redirect_without_code',
      description: 'no grant of this class uses redirect_uris',
    });
}

const isHttps = (value: unknown): boolean => exactUrl(value)?.protocol === 'https:';

const loopback = new Set(['127.0.0.1', '[::1]', 'localhost']);

function isRedirect(value: unknown): boolean {
  const url = exactUrl(value);
  if (!url || url.hash !== '' || String(value).includes('#') || String(value).includes('*')) return false;
  if (url.protocol === 'https:') return true;
  if (url.protocol === 'http:') return loopback.has(url.hostname);
  // RFC 8252 §7.1: a private-use scheme is a reversed domain name, so it has a dot; that leaves out every dangerous one.
  return /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:$/.test(url.protocol);
}
