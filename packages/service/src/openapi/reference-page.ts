import { createHash } from 'node:crypto';
import type { ApiDocument, NamedOperation } from './document.ts';
import { Html, html, inline, markdown, when } from './html.ts';
import { renderOperation } from './reference-operation.ts';
import { STYLE } from './reference-style.ts';

/**
 * The page has only a style and links. It has no script, so that the origin that holds the session cookies runs none, and nothing from
 * other origins. Its icon is empty: browsers would ask for one otherwise.
 */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join(';');

export function renderPage(document: ApiDocument, documentPath: string): string {
  const { info, tags, components } = document;
  const operations = listOperations(document);
  const parts = tags.map((tag) => ({ ...tag, operations: operations.filter(({ operation }) => operation.tags.includes(tag.name)) }));
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title}</title>
<link rel="icon" href="data:,">
<style>${new Html(STYLE)}</style>
</head>
<body>
<a class="skip" href="#top">Skip the contents</a>
<nav id="contents" aria-label="Contents">
<a class="name" href="#top">${info.title}</a>
<a href="#access">Access</a>
<a href="#problems">Errors</a>
${parts.map(({ name, operations }) => html`<h2><a href="#part-${slug(name)}">${name}</a></h2>${operations.map(renderLink)}`)}
</nav>
<main id="top">
<div class="intro">
<h1>${info.title}</h1>
<p class="soft">Version ${info.version} · <a href="${documentPath}">OpenAPI 3.1 document</a></p>
${markdown(info.description)}
</div>
${renderAccess(document)}
${parts.map(({ name, description, operations }) => {
  const articles = operations.map((named) => renderOperation(named, document));
  return html`<section><div class="part"><h2 id="part-${slug(name)}">${name}</h2>${markdown(description)}</div>${articles}</section>`;
})}
${renderProblems(components.examples)}
<a class="up" href="#contents">Contents</a>
</main>
</body>
</html>
`;
  return page.text;
}

function listOperations({ paths }: ApiDocument): NamedOperation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
}

function renderLink({ method, path, operation }: NamedOperation): Html {
  return html`<a href="#${operation.operationId}" title="${operation.summary}"><span class="method ${method}">${method}</span><span>${breakable(path)}</span></a>`;
}

/** Lets a long path break before a slash, and a long code after an underscore, but not within a word. */
function breakable(name: string): Html[] {
  return name.split(/(?=\/)|(?<=_)/).map((part, index) => html`${when(index > 0, () => html`<wbr>`)}${part}`);
}

function renderAccess({ components: { securitySchemes } }: ApiDocument): Html {
  const schemes = Object.entries(securitySchemes).map(
    ([name, { description }]) => html`<dt id="access-${name}">${name}</dt><dd>${inline(description)}</dd>`,
  );
  return html`<section class="part"><h2 id="access">Access</h2><dl>${schemes}</dl></section>`;
}

function renderProblems(examples: ApiDocument['components']['examples']): Html {
  const rows = Object.entries(examples)
    .map(([name, { summary, value }]) => ({ name, summary, ...(value as { code: string; status: number }) }))
    .sort((one, other) => one.status - other.status)
    .map(
      ({ name, summary, code, status }) =>
        html`<tr id="problem-${name}"><td><code>${breakable(code)}</code></td><td>${status}</td><td>${summary}</td></tr>`,
    );
  return html`<section class="part"><h2 id="problems">Errors</h2>
${markdown(ABOUT_PROBLEMS)}
<table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th></tr></thead><tbody>${rows}</tbody></table></section>`;
}

const ABOUT_PROBLEMS = `
Every refusal is \`application/problem+json\` (RFC 9457): \`type\`, \`title\`, \`status\`, \`detail\`, \`code\`, \`request_id\`, and
\`errors\` where a body or a query fails its schema. Programs should use \`code\`, which is stable. A 401 carries
\`WWW-Authenticate\`; a 429 and a 503 carry \`Retry-After\`. Refresh once, on \`token_expired\` and \`token_revoked\`.
`;

function slug(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}
