import { SCOPE_NAME_PATTERN } from '@countersign/tokens';
import { Type } from 'typebox';
import { MEMBER_ROLE, USERNAME_FORM, USERNAME_PATTERN } from '../domain/people/user.ts';

export const Username = Type.String({
  pattern: USERNAME_PATTERN,
  description: `${USERNAME_FORM}; unique regardless of case`,
  examples: ['ada.lovelace'],
});

export const NewPassword = Type.String({
  description: '8 to 128 characters of any kind; the most common passwords are refused.',
  examples: ['correct horse battery'],
});

/** Not held to the rules for new passwords: those set under other rules must still work. */
export const Password = Type.String({ maxLength: 1024, examples: ['correct horse battery'] });

export const UserId = Type.String({
  description: 'The id of the user, which is the `sub` of their tokens.',
  examples: ['4nVqZC0rTyWb1kEsXo8uPa'],
});
export const ClientId = Type.String({
  description: 'The id of the client, which is the `client_id` of its tokens.',
  examples: ['c-4nVqZC0rTyWb1kEsXo8uPa'],
});
export const SessionId = Type.String({
  description: 'The id of the session, which is the `sid` of its tokens.',
  examples: ['2bJd7MhQ9xLfRwUe5tGzKc'],
});
export const Roles = Type.Array(Type.String({ examples: [MEMBER_ROLE] }), { description: 'The names of the roles.' });

export const ScopeName = Type.String({
  pattern: SCOPE_NAME_PATTERN,
  maxLength: 100,
  description: 'a single scope name (RFC 6749, section 3.3)',
});
export const GrantedScope = Type.String({ description: 'The granted scopes, space-separated.', examples: ['books:read books:write'] });
export const AccessToken = Type.String({ description: 'A JWT (RFC 9068).', examples: ['eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCIs…'] });
export const RefreshToken = Type.String({
  description: 'Opaque; works once, unless `REFRESH_ROTATION` is `off`.',
  examples: ['cs_rt_2bJd7MhQ9xLf…'],
});
export const ExpiresIn = Type.Integer({ description: 'Life of the access token in seconds.', examples: [900] });
export const RefreshExpiresIn = Type.Integer({
  description: 'Seconds until the session ends unless it is refreshed.',
  examples: [604_800],
});
export const CsrfToken = Type.String({
  description: 'The value to send as `X-CSRF-Token`; the same for the whole session.',
  examples: ['p7Yk0sVtQ2mXc9Wd'],
});

export const SET_COOKIE = {
  'Set-Cookie': {
    type: 'string',
    description: '`__Host-access`, `__Host-csrf` and `__Secure-refresh`, for a session whose tokens are cookies.',
  },
};
