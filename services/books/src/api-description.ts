import { packageVersion } from '@countersign/service';

/** What the API reference at `/books/docs` says beyond the routes' own descriptions. */
export function describeApi({ issuer }: { readonly issuer: string }) {
  return {
    prefix: '/books',
    title: 'Countersign Books',
    version: packageVersion(new URL('../package.json', import.meta.url)),
    origin: issuer,
    description: describe(issuer),
    tags: [
      { name: 'Books', description: 'The books themselves.', paths: ['/books'] },
      { name: 'Metadata', description: 'For clients that discover the service by themselves.', paths: ['/.well-known'] },
    ],
  };
}

const describe = (issuer: string) => `
The reference resource service of Countersign: books, behind access tokens. It verifies tokens and signs none.

## A first call

Sign in at the auth service and send the token along:

\`\`\`sh
ACCESS_TOKEN=$(curl -s ${issuer}/login -H 'Content-Type: application/json' \\
  -d '{"username":"demo","password":"…"}' | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
curl ${issuer}/books -H "Authorization: Bearer $ACCESS_TOKEN"
\`\`\`

## What to know

- **Scopes**: \`books:read\` reads, \`books:write\` adds and changes, \`books:delete\` deletes. A \`member\` has the first two.
- **Pages**: follow the \`Link\` header until there is none.
- **Lost updates**: send the \`ETag\` of the book that was read as \`If-Match\`; the second of two changes gets 412.
- **Revocation** reaches this service within milliseconds: a token that worked a moment ago may be \`token_revoked\` now.
`;
