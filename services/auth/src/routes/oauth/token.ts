import { Problem } from '@countersign/problems';
import type { Server } from '@countersign/service';
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { ClientReading } from '../../domain/clients/client.ts';
import { issueClientToken } from '../../domain/clients/issue-client-token.ts';
import { waitUntilClientSignable } from '../../domain/clients/wait-until-client-signable.ts';
import { ACCESS_TOKEN_TYPE, type ExchangePorts, exchangeToken, TOKEN_EXCHANGE } from '../../domain/oauth/exchange-token.ts';
import { OAuthError } from '../../domain/oauth-error.ts';
import { type RefreshInput, type RefreshPorts, type RefreshRules, refreshSession } from '../../domain/sessions/refresh-session.ts';
import { callerOf } from '../caller.ts';
import { accessTokenFields, formatAccessToken } from '../tokens-answer.ts';
import { type ClientAuthentication, clientNotAuthenticated, getClient, getSendingClientId } from './client.ts';
import { clientParameters, oauthEndpoint, oauthErrors, othersPassedOver } from './oauth.schema.ts';

export interface TokenRouteOptions extends ClientAuthentication {
  readonly ports: RefreshPorts & ExchangePorts & ClientAuthentication['ports'];
  readonly rules: RefreshRules;
}

const text = (description: string) => Type.Optional(Type.String({ description }));

const Form = Type.Object(
  {
    grant_type: Type.String({
      description: `\`client_credentials\`, \`refresh_token\` or \`${TOKEN_EXCHANGE}\`.`,
      examples: ['client_credentials'],
    }),
    scope: Type.Optional(
      Type.String({
        description: 'The requested scopes, space-separated: at most those that the client or session has, and all of those when left out.',
        examples: ['books:read'],
      }),
    ),
    resource: Type.Optional(Type.Array(Type.String(), { description: 'The audiences that the token should have (RFC 8707).' })),
    refresh_token: text('For `refresh_token`: the session’s refresh token.'),
    subject_token: text('For token exchange: the access token of the user to act for.'),
    subject_token_type: text(`For token exchange: \`${ACCESS_TOKEN_TYPE}\`.`),
    requested_token_type: text(`For token exchange: \`${ACCESS_TOKEN_TYPE}\`; may be left out.`),
    actor_token: text('Refused: the actor is always the client itself.'),
    actor_token_type: text('Refused, as `actor_token` is.'),
    audience: Type.Optional(Type.Array(Type.String(), { description: 'The same as `resource`, by the name that RFC 8693 gives it.' })),
    ...clientParameters,
  },
  othersPassedOver,
);

const Answer = Type.Object(
  {
    ...accessTokenFields,
    refresh_token: text('The next refresh token; only for `refresh_token`.'),
    refresh_expires_in: Type.Optional(
      Type.Integer({ description: 'Seconds until the session ends unless it is refreshed; only for `refresh_token`.' }),
    ),
    issued_token_type: Type.Optional(Type.Literal(ACCESS_TOKEN_TYPE, { description: 'Only for token exchange.' })),
  },
  { additionalProperties: false },
);

type TokenRequest = FastifyRequest<{ Body: Static<typeof Form> }>;
type TokenResponse = Static<typeof Answer>;

/** `POST /oauth/token` (RFC 6749). There is no `password` grant: people sign in at `/login`. */
export async function tokenRoute(server: Server, options: TokenRouteOptions): Promise<void> {
  const schema = {
    summary: 'Get a token as a client',
    description:
      'A client’s own token (`client_credentials`), one to act for a user (token exchange, RFC 8693), or a session’s next tokens (`refresh_token`).',
    ...oauthEndpoint,
    body: Form,
    response: { 200: Answer, ...oauthErrors },
  };
  server.post('/oauth/token', { schema }, async (request, reply) => {
    const answer = await grant(options, request);
    return reply.headers({ 'cache-control': 'no-store', pragma: 'no-cache' }).send(answer);
  });
}

async function grant(options: TokenRouteOptions, request: TokenRequest): Promise<TokenResponse> {
  switch (request.body.grant_type) {
    case 'client_credentials':
      return grantToClient(options, request);
    case 'refresh_token':
      return grantToSession(options, request);
    case TOKEN_EXCHANGE:
      return grantToActor(options, request);
    default:
      throw new OAuthError('unsupported_grant_type', 'This grant type is not supported.');
  }
}

/** RFC 6749, section 4.4. */
async function grantToClient(options: TokenRouteOptions, request: TokenRequest): Promise<TokenResponse> {
  const client = await getSettledClient(options, request);
  const asked = { scope: request.body.scope, resource: resourceOf(request) };
  return formatAccessToken(await issueClientToken(options.ports.keys, options.rules.access, client, asked));
}

/** RFC 6749, section 6: the same rule as `/refresh`, with OAuth's errors. */
async function grantToSession(options: TokenRouteOptions, request: TokenRequest): Promise<TokenResponse> {
  const clientId = await getSendingClientId(options, request);
  const { refresh_token: refreshToken, scope } = request.body;
  if (refreshToken === undefined) throw new OAuthError('invalid_request', 'refresh_token is missing.');
  const { ports, rules } = options;
  const asked = { ...(scope === undefined ? {} : { scope }), resource: resourceOf(request) };
  const input: RefreshInput = { refreshToken, clientId, cookie: null, deliveries: ['body'], ...asked };
  try {
    const tokens = await refreshSession(ports, rules, input, callerOf(request));
    return { ...formatAccessToken(tokens), refresh_token: tokens.refreshToken, refresh_expires_in: tokens.refreshExpiresIn };
  } catch (error) {
    if (error instanceof Problem && error.statusCode === 401) throw new OAuthError('invalid_grant', error.message, { cause: error });
    throw error;
  }
}

/** RFC 8693. The actor is the client that authenticates, so there is no `actor_token`. */
async function grantToActor(options: TokenRouteOptions, request: TokenRequest): Promise<TokenResponse> {
  const client = await getSettledClient(options, request);
  const { body } = request;
  const { subject_token: subjectToken, subject_token_type: subjectType, requested_token_type: requestedType = ACCESS_TOKEN_TYPE } = body;
  if (subjectToken === undefined) throw new OAuthError('invalid_request', 'subject_token is missing.');
  if (subjectType !== ACCESS_TOKEN_TYPE) throw new OAuthError('invalid_request', `subject_token_type must be ${ACCESS_TOKEN_TYPE}.`);
  if (requestedType !== ACCESS_TOKEN_TYPE) throw new OAuthError('invalid_request', `requested_token_type must be ${ACCESS_TOKEN_TYPE}.`);
  if (body.actor_token !== undefined || body.actor_token_type !== undefined) {
    throw new OAuthError('invalid_request', 'actor_token is not accepted: the actor is always the client itself.');
  }
  const asked = { subjectToken, scope: body.scope, resource: resourceOf(request) };
  const issued = await exchangeToken(options.ports, options.rules.access, client, asked);
  return { ...formatAccessToken(issued), issued_token_type: ACCESS_TOKEN_TYPE };
}

/** Programs written for other servers send `audience` with every grant; passed over, it would give them a wider token than they asked for. */
function resourceOf({ body: { resource = [], audience = [] } }: TokenRequest): string[] {
  return [...resource, ...audience];
}

async function getSettledClient(options: TokenRouteOptions, request: TokenRequest): Promise<ClientReading> {
  const client = await waitUntilClientSignable(options.ports.clients, await getClient(options, request));
  if (client === null) throw clientNotAuthenticated();
  return client;
}
