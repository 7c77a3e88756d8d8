export const TWO_YEARS_SECONDS = 63_072_000;

/**
 * The security headers of answers that are given before `securityHeaders` runs (to a URL that can't be decoded, an ambiguous request, bytes
 * that aren't HTTP), and of the gateway's own refusals.
 */
export const UNROUTED_SECURITY_HEADERS = {
  'strict-transport-security': `max-age=${TWO_YEARS_SECONDS}; includeSubDomains`,
  'content-security-policy': "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const;
