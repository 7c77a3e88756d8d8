/** The cookies that `delivery: "cookie"` sets, and the header that repeats the one that scripts can read. */
export const ACCESS_COOKIE = '__Host-access';
export const REFRESH_COOKIE = '__Secure-refresh';
export const CSRF_COOKIE = '__Host-csrf';
export const CSRF_HEADER = 'x-csrf-token';

/** Methods that change nothing (RFC 9110, section 9.2.1): a request with one of them may carry the cookie without that header. */
export const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
