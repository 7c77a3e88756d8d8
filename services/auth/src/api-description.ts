import { FRESH_SECONDS } from '@countersign/problems';
import { packageVersion } from '@countersign/service';
import { REFRESH_COOKIE } from '@countersign/tokens';

/** What the API reference at `/docs` says beyond the routes' own descriptions. */
export function describeApi({ issuer, ...lives }: { readonly issuer: string } & Lives) {
  return {
    prefix: '',
    title: 'Countersign Auth',
    version: packageVersion(new URL('../package.json', import.meta.url)),
    origin: issuer,
    description: describe(issuer, lives),
    tags: TAGS,
    securitySchemes: SCHEMES,
  };
}

interface Lives {
  readonly accessTokenTtlSeconds: number;
  readonly refreshGraceSeconds: number;
}

const describe = (issuer: string, { accessTokenTtlSeconds, refreshGraceSeconds }: Lives) => `
The service that holds the users and signs the tokens. Every other service verifies them by itself, from the public keys
and the list of revocations.

## Sign in

\`\`\`sh
curl ${issuer}/login -H 'Content-Type: application/json' \\
  -d '{"username":"demo","password":"…"}'
\`\`\`

The answer has an access token, valid for ${accessTokenTtlSeconds} s at every service, and a refresh token, which gets the next pair.

## Stay signed in

- Send the access token as \`Authorization: Bearer …\`.
- On \`token_expired\` or \`token_revoked\` call \`POST /refresh\` once, keep both new tokens, and send the request again.
- The refresh token rotates: a retry within ${refreshGraceSeconds} s gets the same successor; reuse after that ends the session.

## In a browser

Sign in with \`"delivery": "cookie"\`: no script sees a token. Send the \`csrf_token\` of the answer, which is also in the cookie
\`__Host-csrf\`, as \`X-CSRF-Token\` with every request that changes something. A page of another origin needs an entry in
\`CORS_ORIGINS\`, and must be of the same site: otherwise browsers do not send the cookies.

## As a service

\`POST /oauth/token\` gives a client its own token (\`client_credentials\`), or a token to act for a user (token exchange).

## Sign out

\`POST /logout\` ends the session: within milliseconds every service refuses its access tokens.
`;

const TAGS = [
  {
    name: 'People',
    description: 'Accounts, signing in and out, passwords.',
    paths: ['/register', '/login', '/refresh', '/logout', '/me', '/reauthenticate', '/password'],
  },
  { name: 'Sessions', description: 'See where you are signed in, and end sessions.', paths: ['/sessions'] },
  {
    name: 'OAuth',
    description: 'For services and standard OAuth clients. Requests are forms, and errors are those of RFC 6749.',
    paths: ['/oauth'],
  },
  {
    name: 'Administration',
    description: `Needs the role and the scope \`admin\`, in your own session; for changes, also a password entered within the last ${FRESH_SECONDS} s.`,
    paths: ['/admin'],
  },
  { name: 'Metadata', description: 'For verifiers, and for clients that configure themselves.', paths: ['/.well-known'] },
];

const SCHEMES = {
  refreshToken: { type: 'http', scheme: 'bearer', description: 'A refresh token (`cs_rt_…`) in the `Authorization` header.' },
  refreshCookie: {
    type: 'apiKey',
    in: 'cookie',
    name: REFRESH_COOKIE,
    description: 'The refresh token as a cookie, which browsers send only to `/refresh`.',
  },
  clientBasic: {
    type: 'http',
    scheme: 'basic',
    description:
      'The id and secret of a client. Instead, the form may hold them, or an assertion that the client signed (`private_key_jwt`).',
  },
} as const;
