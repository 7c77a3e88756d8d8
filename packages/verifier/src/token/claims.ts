import type { AccessTokenClaims, Actor } from '@countersign/tokens';
import { isText } from '../is-text.ts';

/** We don't issue `nbf`, but a token that has one is held to it (RFC 7519, section 4.1.5). */
export type ParsedClaims = AccessTokenClaims & { readonly nbf?: number };

interface ClaimForm {
  readonly required: boolean;
  readonly holds: (value: unknown) => boolean;
  readonly form: string;
}

/** Every claim but `iss`, which has to equal the issuer. */
const CLAIM_FORMS: Readonly<Record<Exclude<keyof ParsedClaims, 'iss'>, ClaimForm>> = {
  sub: { required: true, holds: isText, form: 'a string' },
  client_id: { required: true, holds: isText, form: 'a string' },
  jti: { required: true, holds: isText, form: 'a string' },
  iat: { required: true, holds: isSeconds, form: 'a whole number of seconds' },
  exp: { required: true, holds: isSeconds, form: 'a whole number of seconds' },
  nbf: { required: false, holds: isSeconds, form: 'a whole number of seconds' },
  aud: { required: false, holds: (value) => isText(value) || isTextArray(value), form: 'a string or an array of strings' },
  sid: { required: false, holds: isText, form: 'a string' },
  scope: { required: false, holds: (value) => typeof value === 'string', form: 'a string' },
  roles: { required: false, holds: isTextArray, form: 'an array of strings' },
  auth_time: { required: false, holds: isSeconds, form: 'a whole number of seconds' },
  csrf: { required: false, holds: isText, form: 'a string' },
  act: { required: false, holds: isActor, form: 'an object with a sub' },
};

const CLAIMS = Object.entries(CLAIM_FORMS);

/** The payload as frozen claims, or a sentence that says which claim is missing or malformed. */
export function parseClaims(payload: Readonly<Record<string, unknown>>): ParsedClaims | string {
  for (const [name, { required, holds, form }] of CLAIMS) {
    const value = Object.hasOwn(payload, name) ? payload[name] : undefined;
    if (value === undefined ? required : !holds(value)) return `${name} must be ${form}.`;
  }
  // An absent audience counts as an empty one, so that the token is refused as another service's. The copy has a purpose: objects straight
  // from JSON.parse become slow when frozen, and every request reads these.
  return deepFreeze({ ...payload, aud: payload.aud ?? [] }) as ParsedClaims;
}

function isTextArray(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

function isSeconds(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isActor(value: unknown): value is Actor {
  const { sub, act } = (value ?? {}) as { sub?: unknown; act?: unknown };
  return isText(sub) && (act === undefined || isActor(act));
}

/** One claims object serves every request with the same token, so it must not change. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}
