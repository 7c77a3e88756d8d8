import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describeMetrics as describeAuth } from '@countersign/auth/metrics';
import { describeMetrics as describeBooks } from '@countersign/books/metrics';
import { commandManual } from '@countersign/cli/manual';
import { settings as local } from '@countersign/local/config';
import { SETTINGS } from '@countersign/local/services';
import { metricsTable } from '@countersign/service';
import { settingsTable } from '@countersign/service/process';

interface GeneratedDocument {
  readonly path: string;
  readonly render: () => string;
}

/** Documents generated from the code: `npm run fix` writes them, `npm run check` compares them. A new generator is a new line here. */
const DOCUMENTS: readonly GeneratedDocument[] = [
  { path: 'docs/settings.md', render: renderSettings },
  { path: 'docs/metrics.md', render: renderMetrics },
  { path: 'docs/cli.md', render: renderCommands },
];

export function checkDocuments(): string[] {
  return DOCUMENTS.filter(({ path, render }) => !existsSync(path) || readFileSync(path, 'utf8') !== render()).map(
    ({ path }) => `${path} differs from the code: npm run fix writes it`,
  );
}

export function writeDocuments(): void {
  for (const { path, render } of DOCUMENTS) writeFileSync(path, render());
}

function renderSettings(): string {
  return `# Settings

Environment variables, read once at start; all faults are reported at once. A secret can also be read from the file that
\`NAME_FILE\` names. Written by \`npm run fix\` from each service's \`src/config.ts\`.

${Object.entries(SETTINGS)
  .map(([service, settings]) => `## ${service.replace(/^./, (letter) => letter.toUpperCase())}\n\n${settingsTable(settings)}\n`)
  .join('\n')}
## The stack of \`npm start\`

It makes the services' secrets and addresses by itself, and passes the other settings above on to them.

${settingsTable(local)}

## The stack of \`docker compose up\`

It reads the settings above from the environment or from \`.env\`, and makes the secrets at the first start. \`GATEWAY_PORT\` and
\`GATEWAY_BIND\` are the gateway's address on the host, \`8080\` and \`127.0.0.1\`. \`AUDIENCE\` is auth's; that of books is
\`BOOKS_AUDIENCE\`.
`;
}

function renderMetrics(): string {
  return `# Metrics

\`GET /metrics\` of each service, in Prometheus' text format; the gateway doesn't expose it. It also has the metrics of the
process itself (\`process_…\`, \`nodejs_…\`). Written by \`npm run fix\` from each service's \`src/metrics.ts\`.

Worth an alert ([what to do then](operations.md#troubleshooting)):

- \`countersign_revocations_answer_age_seconds\` and \`countersign_revocations_heartbeat_age_seconds\` near the limits past which requests
  are refused (30 s and 900 s);
- \`countersign_revocations_in_sync\` at 0;
- \`countersign_feed_oldest_unsent_seconds\` above a few seconds;
- \`countersign_jwks_failures\` that stays above 0;
- \`countersign_signing_key_age_seconds\` past KEY_ROTATION_DAYS;
- \`rate(countersign_audit_events_total{event="refresh_reused"}[5m])\`: someone's refresh token was stolen, or a client keeps old ones;
- for everything else, \`rate(http_request_duration_seconds_count{status="503",route!="/readyz"}[5m])\`.

## Auth

The revocation list, the keys and the cache are those of the verifier behind \`/verify\`; auth's own endpoints ask Postgres.

${metricsTable(describeAuth)}

## Books, and any service with the verifier

${metricsTable(describeBooks)}
`;
}

function renderCommands(): string {
  return `# The command line

\`countersign\` administers a running auth service over HTTP, with the powers of the \`/admin\` endpoints and no others. Run it from the
root of the repository. Without settings it finds the stack of an \`npm start\` in another terminal, through the folder \`.data\`. The
second line below does the same as the first, and installs what is missing:

\`\`\`sh
npx countersign users list
npm run -s countersign -- users list
COUNTERSIGN_URL=https://auth.example.com COUNTERSIGN_USERNAME=ada npx countersign audit list --since 2h
\`\`\`

- Each command signs in, so that its proof of the password is fresh, and signs out at its end. If a command runs so long that auth
  requires a new proof, it sends the same password again.
- Passwords are typed at a terminal without echo, or read from a file or the environment. They are never arguments, which every
  process on the machine can read. A secret in a response is shown only once, with a warning.
- A command asks before it does anything that can't be undone. Scripts use \`--yes\`; without it and without a terminal, nothing is
  done.
- Tables are for people. \`--json\` prints one document per line, with everything that auth answered. A listing fetches as many
  pages as it needs.
- A user is given by id or username; if both match, the id wins. A client is given by id only, since several clients may have the
  same name.
- Exit codes: 0 done, 1 refused or failed, 2 wrong usage or setting, 130 ended by Ctrl-C. A refusal is printed in auth's words, with
  the request's id.

Written by \`npm run fix\` from the table of commands in \`cli/src/commands\`.

${commandManual()}`;
}
