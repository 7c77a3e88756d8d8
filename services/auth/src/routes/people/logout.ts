import type { Server } from '@countersign/service';
import { ACCESS_COOKIE, REFRESH_COOKIE } from '@countersign/tokens';
import { judgeFetchSite } from '@countersign/verifier/parts';
import { Type } from 'typebox';
import { type LogOutPorts, logOut } from '../../domain/sessions/log-out.ts';
import type { RefreshTokenSecrets } from '../../domain/sessions/refresh-token.ts';
import { callerOf } from '../caller.ts';
import { clearCookies } from '../cookies.ts';
import { cookieUseOf } from '../csrf.ts';
import { findTokenOfRequest } from '../token-of-request.ts';

export interface LogoutRouteOptions {
  readonly ports: LogOutPorts;
  readonly secrets: RefreshTokenSecrets;
  readonly corsOrigins: readonly string[];
}

const Body = Type.Unsafe<{ token?: string } | null>({
  type: ['object', 'null'],
  properties: {
    token: Type.String({ description: 'A refresh or an access token, even an expired one.', examples: ['cs_rt_2bJd7MhQ9xLf…'] }),
  },
  additionalProperties: false,
});

export async function logoutRoute(server: Server, { ports, secrets, corsOrigins }: LogoutRouteOptions): Promise<void> {
  const config = { problems: ['token_malformed', 'token_invalid', 'token_revoked', 'csrf_failed', 'forbidden'] as const };
  const schema = {
    summary: 'Sign out',
    description:
      'Ends the session and all its tokens. The token may be in the body, in the header or in a cookie. The answer is 204 also without a token, and when the session has already ended.',
    security: [{}, { refreshToken: [] }, { accessToken: [] }, { accessCookie: [], csrfToken: [] }],
    body: Body,
    response: { 204: Type.Null() },
  };
  server.post('/logout', { config, schema }, async (request, reply) => {
    const presented = findTokenOfRequest(request, request.body?.token, [ACCESS_COOKIE, REFRESH_COOKIE]);
    if (presented !== null) {
      const cookie = cookieUseOf(request, presented, corsOrigins);
      await logOut(ports, secrets, { token: presented.token, cookie }, callerOf(request));
    }
    // A form on another site can send this request without the cookies; it must not make the browser drop them.
    if (judgeFetchSite(request.headers, corsOrigins) === null) clearCookies(reply);
    // Also drops what the page has stored for this user beside the cookies.
    if (presented?.from === 'cookie') reply.header('clear-site-data', '"storage"');
    return reply.code(204).send(null);
  });
}
