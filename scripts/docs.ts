import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { settings as auth } from '@countersign/auth/config';
import { describeMetrics as describeAuth } from '@countersign/auth/metrics';
import { settings as books } from '@countersign/books/config';
import { describeMetrics as describeBooks } from '@countersign/books/metrics';
import { metricsTable, settingsTable } from '@countersign/service';
import { settings as worker } from '@countersign/worker/config';

interface GeneratedDocument {
  readonly path: string;
  readonly render: () => string | Promise<string>;
}

/** What the docs say and the code knows: written by `npm run fix`, compared by `npm run check`. A new generator is a new line here. */
const DOCUMENTS: readonly GeneratedDocument[] = [
  { path: 'docs/settings.md', render: renderSettings },
  { path: 'docs/metrics.md', render: renderMetrics },
];

/** @returns the documents that differ from what the code says */
export async function checkDocuments(): Promise<string[]> {
  const faults = [];
  for (const { path, render } of DOCUMENTS) {
    if (!existsSync(path) || readFileSync(path, 'utf8') !== (await render()))
      faults.push(`${path} differs from the code: npm run fix writes it`);
  }
  return faults;
}

export async function writeDocuments(): Promise<void> {
  for (const { path, render } of DOCUMENTS) writeFileSync(path, await render());
}

function renderSettings(): string {
  return `# Settings

Environment variables, read once at the start; every fault is listed at once. A secret can also come from the file that
\`NAME_FILE\` names. Written by \`npm run fix\` from each service's \`src/config.ts\`.

## Auth

${settingsTable(auth).trim()}

## Books

${settingsTable(books).trim()}

## Worker

${settingsTable(worker).trim()}
`;
}

function renderMetrics(): string {
  return `# Metrics

\`GET /metrics\` of each service, in Prometheus' text format; the gateway doesn't let it out. Beside these it has the
process's own (\`process_…\`, \`nodejs_…\`). Written by \`npm run fix\` from each service's \`src/metrics.ts\`.

Worth an alert: \`countersign_revocations_answer_age_seconds\` and \`countersign_revocations_heartbeat_age_seconds\` on their way to
the limits past which requests are refused (30 s and 900 s), \`countersign_revocations_in_sync\` at 0,
\`countersign_revocation_oldest_unsent_seconds\` above a few seconds, \`countersign_jwks_failures\` that stays above 0, a
\`countersign_signing_key_age_seconds\` past KEY_ROTATION_DAYS, and
\`rate(countersign_audit_events_total{event="refresh_reused"}[5m])\`: somebody's refresh token was stolen, or a client keeps old ones.

## Auth

The list of revocations, the keys and the cache are those of the verifier behind \`/verify\`; auth's own endpoints ask Postgres.

${metricsTable(describeAuth)}

## Books, and any service with the verifier

${metricsTable(describeBooks)}
`;
}
