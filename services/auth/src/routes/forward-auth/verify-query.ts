import { Problem } from '@countersign/problems';
import { type AccessTokenClaims, hasAudience, SCOPE_PATTERN } from '@countersign/tokens';
import { judgeRole, judgeScopes } from '@countersign/verifier/parts';
import { type Static, Type } from 'typebox';

/** At most 1024 characters: a scheme, and after it the characters of a URI (RFC 3986, sections 2 and 3). */
const ABSOLUTE_URI = "^(?=.{3,1024}$)[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9._~:/?#[\\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+$";

export const VerifyQuery = Type.Object(
  {
    scope: Type.Optional(
      Type.String({
        pattern: SCOPE_PATTERN,
        maxLength: 1024,
        description: 'scope names separated by single spaces; the token must have all of them',
      }),
    ),
    role: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'a role that the user must have' })),
    audience: Type.Optional(
      // `format: 'uri'` would cost as much as everything else that is judged here.
      Type.String({ pattern: ABSOLUTE_URI, description: 'an absolute URI; the audience that the token must be for, in place of AUDIENCE' }),
    ),
  },
  { additionalProperties: false },
);

/**
 * The query of `/verify/…` is the client's own, where a gateway keeps it (Envoy). It can ask for more than the gateway does, never for
 * less, and its other parameters aren't for us.
 */
export const ClientQuery = Type.Object(VerifyQuery.properties, { additionalProperties: true });

export type Requirements = Static<typeof VerifyQuery>;

/** `null` when the token meets the requirements. */
export function judgeRequirements(claims: AccessTokenClaims, { scope, role, audience }: Requirements): Problem | null {
  if (audience !== undefined && !hasAudience(claims, [audience])) return new Problem('token_wrong_audience');
  const refusal = scope === undefined ? null : judgeScopes(claims, scope.split(' '));
  return refusal ?? (role === undefined ? null : judgeRole(claims, role));
}
