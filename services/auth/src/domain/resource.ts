import { DEFAULT_AUDIENCE, serviceAudience } from '@countersign/tokens';
import { listHeld, OAuthError } from './oauth-error.ts';

/** The issuer and its services; a token for `urn:countersign:api` reaches all of them. */
export interface FirstParty {
  readonly issuer: string;
  readonly services: readonly string[];
}

/**
 * The audience of a token: the requested `resource` values (RFC 8707), if held; everything held when none is requested. A service's URL,
 * `{issuer}/books`, means its URN, since the service's own metadata (RFC 9728) uses the URL.
 *
 * @throws OAuthError `invalid_target`
 */
export function narrowAudience(held: readonly string[], asked: readonly string[], firstParty: FirstParty): string[] {
  const audience = asked.length === 0 ? held : [...new Set(asked.map((resource) => canonicalAudience(resource, firstParty)))];
  if (audience.length === 0) throw new OAuthError('invalid_target', 'There is no audience that this client can get a token for.');
  if (!audience.every((one) => reaches(held, one, firstParty))) {
    throw new OAuthError('invalid_target', `A requested resource is not among the audiences of this client or token. ${listHeld(held)}`);
  }
  return [...audience];
}

/** One spelling for each service: its URL becomes its URN. */
export function canonicalAudience(audience: string, { issuer, services }: FirstParty): string {
  const service = services.find((name) => audience === `${issuer}/${name}`);
  return service === undefined ? audience : serviceAudience(service);
}

/** The audiences that both lists reach, by the narrower name: `urn:countersign:books` where the other list has `urn:countersign:api`. */
export function commonAudience(one: readonly string[], other: readonly string[], firstParty: FirstParty): string[] {
  const inOther = one.filter((audience) => reaches(other, audience, firstParty));
  const inOne = other.filter((audience) => reaches(one, audience, firstParty));
  return [...new Set([...inOther, ...inOne])];
}

export function audienceClaim(audience: readonly string[]): string | readonly string[] {
  return audience.length === 1 ? (audience[0] as string) : audience;
}

function reaches(held: readonly string[], audience: string, { services }: FirstParty): boolean {
  return held.includes(audience) || (held.includes(DEFAULT_AUDIENCE) && services.some((name) => audience === serviceAudience(name)));
}
