import { Problem } from '@countersign/problems';
import type { Server } from '@countersign/service';
import { ACCESS_COOKIE, parseScope } from '@countersign/tokens';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { type LogInPorts, type LogInRules, logIn } from '../domain/log-in.ts';
import { type LogOutPorts, logOut } from '../domain/log-out.ts';
import type { RefreshTokenSecrets } from '../domain/refresh-token.ts';
import type { AddressLimit } from './address-limit.ts';
import { callerOf } from './caller.ts';
import { checkFetchSite } from './csrf.ts';
import { Password } from './fields.schema.ts';
import { findCookie } from './token-of-request.ts';
import { sendTokens, TokensAnswer } from './tokens-answer.ts';

export interface LoginRouteOptions {
  readonly ports: LogInPorts & LogOutPorts;
  readonly rules: LogInRules;
  readonly secrets: RefreshTokenSecrets;
  readonly limit: AddressLimit;
  readonly corsOrigins: readonly string[];
}

const Body = Type.Object(
  {
    username: Type.String({ maxLength: 256, examples: ['ada.lovelace'] }),
    password: Password,
    scope: Type.Optional(Type.String({ maxLength: 1024, description: 'What the session may do at most; narrowed to what the user has.' })),
    delivery: Type.Optional(Type.Enum(['body', 'cookie'], { description: '`cookie`: for pages, whose scripts never see a token.' })),
  },
  { additionalProperties: false },
);

/** `POST /login`: a new session. */
export async function loginRoute(server: Server, { ports, rules, secrets, limit, corsOrigins }: LoginRouteOptions): Promise<void> {
  const config = { rateLimit: limit, problems: ['credentials_invalid', 'csrf_failed'] as const };
  const schema = {
    summary: 'Sign in',
    description: 'Begins a session. Unknown user, wrong password and disabled account get the same answer.',
    body: Body,
    response: { 200: TokensAnswer },
  };
  server.post('/login', { config, schema }, async (request, reply) => {
    const { username, password, scope = null, delivery = 'body' } = request.body;
    if (delivery === 'cookie') checkFetchSite(request, corsOrigins);
    if (scope !== null && parseScope(scope) === null) {
      throw new Problem('validation_failed', {
        detail: 'scope must be scope names separated by single spaces.',
        errors: [{ path: 'body/scope', message: 'must be scope names separated by single spaces' }],
      });
    }
    const tokens = await logIn(ports, rules, { username, password, scope, delivery }, callerOf(request));
    if (delivery === 'cookie') await endReplacedSession(request, ports, secrets);
    return sendTokens(reply, tokens);
  });
}

/** The new cookies overwrite those of a former session, which could no longer be ended from this browser: so it ends here. */
async function endReplacedSession(request: FastifyRequest, ports: LogOutPorts, secrets: RefreshTokenSecrets): Promise<void> {
  try {
    const token = findCookie(request, ACCESS_COOKIE);
    // The password was proved, which needs no csrf value to replace a cookie.
    if (token !== null) await logOut(ports, secrets, { token, cookie: { checkCsrf: () => {} } }, callerOf(request));
  } catch (error) {
    // A cookie that isn't a token of ours has no session.
    if (!(error instanceof Problem)) throw error;
  }
}
