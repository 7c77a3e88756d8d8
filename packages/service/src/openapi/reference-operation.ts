import type { ApiDocument, ApiResponse, Content, MediaType, NamedOperation, Operation, Parameter, Schema } from './document.ts';
import { type Html, html, inline, markdown, when } from './html.ts';
import { renderFields, resolve, type Schemas } from './reference-schema.ts';
import { sampleRequest } from './sample-request.ts';

/** One endpoint: its input and output on the left, an example on the right. */
export function renderOperation(named: NamedOperation, { components: { schemas }, servers }: ApiDocument): Html {
  const { method, path, operation } = named;
  const { operationId, summary, description = '', parameters = [], requestBody, responses } = operation;
  return html`
<article id="${operationId}" aria-labelledby="${operationId}-title">
<header>
<h3 id="${operationId}-title"><a href="#${operationId}">${summary}</a></h3>
<p class="route"><span class="method ${method}">${method}</span> ${path}</p>
</header>
<div>
${markdown(description)}
${renderNeeds(operation)}
${when(parameters.length > 0, () => html`<h4>Parameters</h4><dl>${parameters.map(renderParameter)}</dl>`)}
${when(requestBody !== undefined, () => renderBody(requestBody?.content ?? {}, schemas))}
<h4>Responses</h4>
${Object.entries(responses)
  .filter(([status]) => status !== 'default')
  .map(([status, response]) => renderResponse(status, response, schemas))}
</div>
<div class="samples"><section>
<h4>Request</h4>
<pre>${sampleRequest(named, servers[0]?.url ?? '')}</pre>
${renderSampleAnswer(responses)}
</section></div>
</article>`;
}

function renderNeeds({ security }: Operation): Html {
  if (security.length === 0) return html`<p class="needs">Open to anyone.</p>`;
  const ways = security.map((schemes) => Object.keys(schemes)).filter((names) => names.length > 0);
  const listed = ways.map((names) => names.map((name) => `\`${name}\``).join(' and ')).join(', or ');
  const isOptional = ways.length < security.length;
  const scopes = [...new Set(security.flatMap((schemes) => Object.values(schemes).flat()))];
  const scope = scopes.length === 0 ? '' : `, with the scope \`${scopes.join(' ')}\``;
  const instead = isOptional ? ', or credentials in the body' : '';
  return html`<p class="needs">${isOptional ? 'Accepts' : 'Needs'} ${inline(`${listed}${scope}${instead}.`)} <a href="#access">Access</a></p>`;
}

function renderParameter({ in: place, name, required = false, description, schema }: Parameter): Html {
  const described = description === undefined ? schema : { ...schema, description };
  return renderFields({ properties: { [name]: described }, required: required ? [name] : [] }, {}, ` in ${place}`);
}

function renderBody(content: Content, schemas: Schemas): Html {
  const [type, media] = Object.entries(content)[0] ?? [];
  if (type === undefined || media === undefined) return html``;
  const types = Object.keys(content).join(' or ');
  return html`<h4>Body</h4><p class="soft">${types}</p>${renderSchema(media.schema, schemas)}`;
}

function renderSchema(schema: Schema, schemas: Schemas): Html {
  const { description = '', anyOf = [], items, properties = {} } = resolve(schema, schemas);
  if (anyOf.length > 0)
    return html`${anyOf.map((one, index) => html`<p>${index === 0 ? 'Either' : 'or'}:</p>${renderSchema(one, schemas)}`)}`;
  if (items !== undefined) return html`<p>An array of:</p>${renderSchema(items, schemas)}`;
  const hasFields = Object.keys(properties).length > 0;
  return html`${when(description !== '', () => html`<p>${inline(description)}</p>`)}${when(hasFields, () => html`<dl>${renderFields(schema, schemas)}</dl>`)}`;
}

function renderResponse(status: string, { description, headers = {}, content = {} }: ApiResponse, schemas: Schemas): Html {
  const names = Object.keys(headers);
  const isProblem = 'application/problem+json' in content;
  const media = Object.values(content)[0];
  const [first = ''] = description.split('\n');
  return html`<details><summary><span class="status ${isOk(status) ? 'ok' : 'no'}">${status}</span>${inline(isProblem ? codesOf(media) : first)}</summary>
<div>${when(isProblem || description.includes('\n'), () => html`${markdown(description)}`)}
${names.map((name) => html`<p><code>${name}</code> <span class="soft">${inline(headers[name]?.description ?? '')}</span></p>`)}
${when(media !== undefined && !isProblem, () => renderSchema(media?.schema ?? {}, schemas))}</div></details>`;
}

function codesOf(media: MediaType | undefined): string {
  return Object.keys(media?.examples ?? {})
    .map((code) => `\`${code}\``)
    .join(' ');
}

function renderSampleAnswer(responses: Operation['responses']): Html {
  const [status, response] = Object.entries(responses).find(([status]) => isOk(status)) ?? [];
  if (status === undefined || response === undefined) return html``;
  const media = Object.values(response.content ?? {})[0];
  const body = media === undefined ? '' : `\n\n${JSON.stringify(media.example, null, 2)}`;
  return html`<h4>Response</h4><pre>${`HTTP/1.1 ${status}${body}`}</pre>`;
}

function isOk(status: string): boolean {
  return status.startsWith('2');
}
