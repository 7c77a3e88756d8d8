import { Problem } from '@countersign/problems';
import type { Server } from '@countersign/service';
import { ACCESS_COOKIE, SCOPE_PATTERN } from '@countersign/tokens';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { type LogInPorts, type LogInRules, logIn } from '../../domain/people/log-in.ts';
import { type LogOutPorts, logOut } from '../../domain/sessions/log-out.ts';
import type { RefreshTokenSecrets } from '../../domain/sessions/refresh-token.ts';
import type { AddressLimit } from '../address-limit.ts';
import { callerOf } from '../caller.ts';
import { checkFetchSite } from '../csrf.ts';
import { Password } from '../fields.schema.ts';
import { findCookie } from '../token-of-request.ts';
import { sendTokens, TokensAnswer } from '../tokens-answer.ts';

export interface LoginRouteOptions {
  readonly ports: LogInPorts & LogOutPorts;
  readonly rules: LogInRules;
  readonly limit: AddressLimit;
  readonly corsOrigins: readonly string[];
}

const Body = Type.Object(
  {
    username: Type.String({ maxLength: 256, examples: ['ada.lovelace'] }),
    password: Password,
    scope: Type.Optional(
      Type.String({
        pattern: `^$|${SCOPE_PATTERN}`,
        maxLength: 1024,
        description: 'scope names separated by single spaces; what the session may do at most, narrowed to what the user has',
      }),
    ),
    delivery: Type.Optional(Type.Enum(['body', 'cookie'], { description: '`cookie`: for pages, whose scripts never see a token.' })),
  },
  { additionalProperties: false },
);

/** `POST /login`: a new session. */
export async function loginRoute(server: Server, { ports, rules, limit, corsOrigins }: LoginRouteOptions): Promise<void> {
  const config = { rateLimit: limit, problems: ['credentials_invalid', 'csrf_failed', 'forbidden'] as const };
  const schema = {
    summary: 'Sign in',
    description: 'Begins a session. Unknown user, wrong password and disabled account get the same answer.',
    body: Body,
    response: { 200: TokensAnswer },
  };
  server.post('/login', { config, schema }, async (request, reply) => {
    const { username, password, scope = null, delivery = 'body' } = request.body;
    if (delivery === 'cookie') checkFetchSite(request, corsOrigins);
    const tokens = await logIn(ports, rules, { username, password, scope, delivery }, callerOf(request));
    if (delivery === 'cookie') await endReplacedSession(request, ports, rules.secrets);
    return sendTokens(reply, tokens);
  });
}

/**
 * The new cookies overwrite those of a former session, which could no longer be ended from this browser: so it ends here. The
 * password was proved, so it doesn't matter which page sent the cookie.
 */
async function endReplacedSession(request: FastifyRequest, ports: LogOutPorts, secrets: RefreshTokenSecrets): Promise<void> {
  try {
    const token = findCookie(request, ACCESS_COOKIE);
    if (token !== null) await logOut(ports, secrets, { token, cookie: null }, callerOf(request));
  } catch (error) {
    // What can't be believed tells of no session: it isn't a token of ours, or its key was killed and anybody may have made it.
    if (!(error instanceof Problem && error.statusCode < 500)) throw error;
  }
}
