// The entry point `@countersign/verifier/parts`: what the plugin is made of, for auth, which judges more than the token that a request
// is sent with. It stays in this repository; a service that registers the plugin needs none of it.

export { judgeRole, judgeScopes } from './guards.ts';
export { judgeCsrf, judgeFetchSite } from './request/cookie-use.ts';
export { createRequestJudge, type JudgeRequest } from './request/judge-request.ts';
export { findBearer, findOneCookie } from './request/presented-token.ts';
export { type RevocationFollower, startFollowingRevocations } from './revocation/follow-revocations.ts';
export { createJudge, type Judge, type Judgement } from './token/judge.ts';
