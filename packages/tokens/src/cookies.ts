/** The names of the cookies that `delivery: "cookie"` sets, and of the header that repeats the readable one. */
export const ACCESS_COOKIE = '__Host-access';
export const REFRESH_COOKIE = '__Secure-refresh';
export const CSRF_COOKIE = '__Host-csrf';
export const CSRF_HEADER = 'x-csrf-token';

/** Methods that change nothing (RFC 9110, section 9.2.1): with them a cookie needs no such header. */
export const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
