import type { ClientCredentials } from '../../domain/clients/judge-client.ts';
import { OAuthError } from '../../domain/oauth-error.ts';

/** The assertion type of RFC 7523, section 2.2. */
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export interface CredentialParameters {
  readonly client_id?: string;
  readonly client_secret?: string;
  readonly client_assertion?: string;
  readonly client_assertion_type?: string;
}

/**
 * How a request authenticates its client: by Basic, in the form, or by an assertion, and never by two of them.
 *
 * @returns null when it doesn't, as for the public client
 * @throws OAuthError `invalid_request` for more than one method, `invalid_client` for a header that can't be read
 */
export function readClientCredentials(authorization: string | undefined, form: CredentialParameters): ClientCredentials | null {
  const { client_id: clientId, client_secret: secret, client_assertion: assertion, client_assertion_type: type } = form;
  const used = [authorization, secret, assertion ?? type].filter((method) => method !== undefined);
  if (used.length > 1) throw new OAuthError('invalid_request', 'The client must authenticate by one method only.');

  if (authorization !== undefined) return readBasic(authorization, clientId);
  if (secret !== undefined) {
    if (clientId === undefined) throw new OAuthError('invalid_request', 'client_secret needs client_id.');
    return { method: 'client_secret', clientId, secret };
  }
  if (assertion === undefined && type === undefined) return null;
  if (assertion === undefined || type !== JWT_BEARER) {
    throw new OAuthError('invalid_request', `client_assertion needs a client_assertion_type of ${JWT_BEARER}.`);
  }
  return { method: 'private_key_jwt', assertion, clientId: clientId ?? null };
}

/** RFC 6749, section 2.3.1: both halves are form-encoded before they are joined. */
function readBasic(authorization: string, formClientId: string | undefined): ClientCredentials {
  const [, encoded] = /^Basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? [];
  const text = Buffer.from(encoded ?? '', 'base64').toString();
  const colon = text.indexOf(':');
  const clientId = formDecode(text.slice(0, Math.max(0, colon)));
  const secret = formDecode(text.slice(colon + 1));
  if (!clientId || !secret) throw new OAuthError('invalid_client', 'The Authorization header does not hold a client id and a secret.');
  if (formClientId !== undefined && formClientId !== clientId) {
    throw new OAuthError('invalid_request', 'client_id differs from the client in the Authorization header.');
  }
  return { method: 'client_secret', clientId, secret };
}

function formDecode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}
