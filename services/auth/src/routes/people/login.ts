import { Problem } from '@countersign/problems';
import type { Server } from '@countersign/service';
import { ACCESS_COOKIE, SCOPE_PATTERN } from '@countersign/tokens';
import { findOneCookie } from '@countersign/verifier/parts';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { type LogInPorts, type LogInRules, logIn } from '../../domain/people/log-in.ts';
import type { AddressLimit } from '../address-limit.ts';
import { callerOf } from '../caller.ts';
import { checkFetchSite } from '../csrf.ts';
import { Password } from '../fields.schema.ts';
import { sendTokens, TokensAnswer } from '../tokens-answer.ts';

export interface LoginRouteOptions {
  readonly ports: LogInPorts;
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
        description:
          'scope names separated by single spaces; the session gets those of them that the user has, or all that the user has when left out',
      }),
    ),
    delivery: Type.Optional(
      Type.Enum(['body', 'cookie'], {
        description: '`cookie`: the tokens are set as cookies that no script can read, for browsers. `body` when left out.',
      }),
    ),
  },
  { additionalProperties: false },
);

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
    const replacedToken = delivery === 'cookie' ? findReplacedToken(request) : null;
    return sendTokens(reply, await logIn(ports, rules, { username, password, scope, delivery, replacedToken }, callerOf(request)));
  });
}

/** The token in the cookie that the answer overwrites. If two cookies have the name, there is no telling which one is overwritten. */
function findReplacedToken({ headers }: FastifyRequest): string | null {
  const found = findOneCookie(headers.cookie, ACCESS_COOKIE);
  return found instanceof Problem ? null : found;
}
