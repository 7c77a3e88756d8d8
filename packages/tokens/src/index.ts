export * from './algorithms.ts';
export * from './claims.ts';
export * from './cookies.ts';
export * from './jwks.ts';
export * from './revocations.ts';
export * from './scopes.ts';
