import { Type } from 'typebox';

/** What every OAuth endpoint takes beside its own parameters. Basic, in the header, is the third way. */
export const clientParameters = {
  client_id: Type.Optional(Type.String()),
  client_secret: Type.Optional(Type.String()),
  client_assertion: Type.Optional(Type.String()),
  client_assertion_type: Type.Optional(Type.String()),
};

/** Parameters that are not known are passed over, as RFC 6749, section 3.2 asks. */
export const form = { additionalProperties: true };

export const OAuthErrorBody = Type.Object(
  { error: Type.String(), error_description: Type.String() },
  { additionalProperties: false, description: 'RFC 6749, section 5.2.' },
);

export const oauthErrors = { '4xx': OAuthErrorBody, '5xx': OAuthErrorBody };
