const TWO_YEARS_SECONDS = 63_072_000;

/**
 * The security headers of answers given before any hook runs: to a URL that can't be decoded, to bytes that aren't HTTP,
 * and the gateway's own refusals. `securityHeaders` sets these and more on all other answers.
 */
export const UNROUTED_SECURITY_HEADERS = {
  'strict-transport-security': `max-age=${TWO_YEARS_SECONDS}; includeSubDomains`,
  // An API has nothing to run, embed or frame. What `default-src` doesn't cover is listed.
  'content-security-policy': "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const;
