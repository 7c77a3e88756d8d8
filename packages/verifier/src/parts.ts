// The entry point `@countersign/verifier/parts`: the pieces of the plugin, for auth, which also judges tokens that are not the request's
// own. It stays in this repository; a service that registers the plugin needs none of it.

export { judgeRole, judgeScopes } from './guards.ts';
export { judgeCsrf, judgeFetchSite } from './request/cookie-use.ts';
export { createRequestJudge, type JudgeRequest } from './request/judge-request.ts';
export { findBearer, findOneCookie } from './request/presented-token.ts';
export { type RevocationFollower, startFollowingRevocations } from './revocation/follow-revocations.ts';
export { createJudge, type Judge, type Judgement } from './token/judge.ts';
