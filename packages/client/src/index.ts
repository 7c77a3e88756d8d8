export type { Fetch } from './bounded-fetch.ts';
export type { ClientKey, ClientProof } from './client-proof.ts';
export { nextPage } from './next-page.ts';
export { type ReceivedProblem, readProblem } from './received-problem.ts';
export { createServiceClient, type ServiceClient, type ServiceClientOptions } from './service-client.ts';
export { TokenRequestError } from './token-request-error.ts';
export { memoryTokenStore, type TokenStore, type UserTokens } from './token-store.ts';
export { createUserClient, type UserClient, type UserClientOptions } from './user-client.ts';
