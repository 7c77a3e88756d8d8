import { PROBLEMS } from '@countersign/problems';
import { Type } from 'typebox';
import { OAUTH_ERRORS, type OAuthErrorCode } from '../../domain/oauth-error.ts';

const CLIENT_UNKNOWN = { error: 'invalid_client', error_description: 'The client must authenticate.' };
const UNAVAILABLE = { error: 'temporarily_unavailable', error_description: PROBLEMS.unavailable.title };

/** How a client authenticates in the form of any OAuth endpoint. Basic, in the header, is the third way. */
export const clientParameters = {
  client_id: Type.Optional(
    Type.String({ description: 'The id of the client; `first-party`, without a secret, for users’ refresh tokens.' }),
  ),
  client_secret: Type.Optional(
    Type.String({ description: 'The client’s secret, in place of the `Authorization` header (client_secret_post).' }),
  ),
  client_assertion: Type.Optional(Type.String({ description: 'A JWT that the client signed (private_key_jwt, RFC 7523).' })),
  client_assertion_type: Type.Optional(Type.String({ description: '`urn:ietf:params:oauth:client-assertion-type:jwt-bearer`' })),
};

/** Unknown parameters are ignored, as RFC 6749, section 3.2, requires. */
export const othersPassedOver = { additionalProperties: true };

const OAuthErrorAnswer = Type.Object(
  {
    error: Type.Enum(Object.keys(OAUTH_ERRORS) as OAuthErrorCode[], { description: 'A stable code for programs to check.' }),
    error_description: Type.String({
      description: 'What went wrong with this request, for people.',
      examples: ['The client must authenticate.'],
    }),
  },
  { title: 'OAuthError', additionalProperties: false },
);

export const oauthErrors = {
  '4xx': {
    ...OAuthErrorAnswer,
    examples: [CLIENT_UNKNOWN],
    'x-response-description': 'An error of RFC 6749, section 5.2: 401 when the client is not authenticated, 400 when the request is wrong.',
  },
  '5xx': {
    ...OAuthErrorAnswer,
    examples: [UNAVAILABLE],
    'x-response-description': 'A fault of the service. A 503 says in `Retry-After` after how many seconds to try again.',
  },
};

export const oauthEndpoint = {
  consumes: ['application/x-www-form-urlencoded'],
  security: [{ clientBasic: [] }, {}],
};
