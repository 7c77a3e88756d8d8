import { SAFE_METHODS } from '@countersign/tokens';
import type { RouteOptions } from 'fastify';
import type { ApiDocument, Content, Operation } from './document.ts';
import { exampleOf } from './example.ts';
import { nameSchemas } from './named-schemas.ts';
import { PROBLEM_SCHEMA, problemExamples, problemResponses } from './problem-responses.ts';
import { routeProblems, routeScopes } from './route-problems.ts';

/** Adds what a route declares outside its schemas: its refusals, who may call it, and examples. */
export function completeDocument(draft: ApiDocument, routes: readonly RouteOptions[]): ApiDocument {
  const { components } = draft;
  components.schemas.Problem = PROBLEM_SCHEMA;
  for (const route of routes) {
    for (const method of [route.method].flat()) {
      const operation = draft.paths[toTemplate(route.url)]?.[method.toLowerCase()];
      if (operation !== undefined) completeOperation(operation, route, method, components.examples);
    }
  }
  const schemas: ApiDocument['components']['schemas'] = {};
  const paths = nameSchemas(draft.paths, schemas) as ApiDocument['paths'];
  return { ...draft, paths, components: { ...components, schemas: { ...schemas, ...components.schemas } } };
}

function toTemplate(url: string): string {
  return url.replace(/:(\w+)/g, '{$1}');
}

function completeOperation(operation: Operation, route: RouteOptions, method: string, examples: ApiDocument['components']['examples']) {
  const { body } = route.schema ?? {};
  operation.operationId = operationId(method, route.url);
  operation.security ??= route.config?.public === true ? [] : accessTo(method, routeScopes(route));
  // A schema requires a property with a default, since a reader can rely on it. A request may leave it out.
  for (const parameter of operation.parameters ?? []) if (parameter.schema.default !== undefined) parameter.required = false;
  if (operation.requestBody !== undefined) {
    operation.requestBody.required = !takesNothing(body);
    exemplify(operation.requestBody.content);
  }
  for (const [status, response] of Object.entries(operation.responses)) {
    if (response.description === 'Default Response') response.description = DESCRIPTIONS[status] ?? '';
    if (response.content !== undefined) exemplify(response.content);
  }
  // An endpoint with error answers of its own, such as RFC 6749's, declares them like any other answer.
  if ('4XX' in operation.responses) return;
  const problems = routeProblems(route);
  operation.responses = { ...operation.responses, ...problemResponses(problems) };
  Object.assign(examples, problemExamples(problems));
}

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  200: 'Done.',
  201: 'Created.',
  204: 'Done; no content.',
  304: 'Unchanged: the resource still has an ETag that `If-None-Match` names.',
};

/** Either a token in the header, or the cookie, which needs the CSRF header too for a change. */
function accessTo(method: string, scopes: readonly string[]): Operation['security'] {
  return [{ accessToken: scopes }, { accessCookie: scopes, ...(!SAFE_METHODS.includes(method) && { csrfToken: [] }) }];
}

/** `DELETE /books/:id` becomes `deleteBooksById`, the name of a function in generated clients. */
function operationId(method: string, url: string): string {
  const words = url
    .replace(/:(\w+)/g, 'by-$1')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '');
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function takesNothing(body: unknown): boolean {
  const type = (body as { type?: unknown } | undefined)?.type;
  return Array.isArray(type) && type.includes('null');
}

function exemplify(content: Content): void {
  for (const media of Object.values(content)) media.example ??= exampleOf(media.schema);
}
