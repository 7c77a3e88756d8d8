import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { settings as auth } from '@countersign/auth/config';
import { settings as books } from '@countersign/books/config';
import { settingsTable } from '@countersign/service';
import { settings as worker } from '@countersign/worker/config';

interface GeneratedDocument {
  readonly path: string;
  readonly render: () => string | Promise<string>;
}

/** What the docs say and the code knows: written by `npm run fix`, compared by `npm run check`. A new generator is a new line here. */
const DOCUMENTS: readonly GeneratedDocument[] = [{ path: 'docs/settings.md', render: renderSettings }];

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
