import { KnownTexts } from './known-texts.ts';
import { createRandomValues, type RandomValues, type ValueSchema } from './random-values.ts';
import { createDeck, type Random } from './seeded-random.ts';

/** A request in the form that Fastify's `inject` takes. */
export interface RandomRequest {
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload?: string;
}

export interface RandomRequestsOptions {
  readonly random: Random;
  readonly document: object;
  /** What means something to the service from the start, by the name of a member or parameter. */
  readonly known: Readonly<Record<string, readonly string[]>>;
}

export interface RandomRequests {
  next(): RandomRequest;
  /** Later requests use what the body of an answer holds. */
  learn(body: string): void;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
}

interface DocumentedOperation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: ValueSchema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: ValueSchema }>> };
}

const FORM = 'application/x-www-form-urlencoded';
const ODD_TYPES = ['text/plain', 'application/json; charset=utf-16', 'application/json;', 'multipart/form-data', 'APPLICATION/JSON', ';'];
const ODD_BODIES = [
  ...['', '{', 'null', '[]', '"x"', '{}{}', '\ufeff{}', '['.repeat(5000), `"${'x'.repeat(70_000)}"`],
  ...['{"__proto__":{"x":1}}', '{"constructor":{"prototype":{}}}', '{"a":1e999}', '{"a":"\\ud800"}'],
];

const ODD_HEADERS = [
  ...['if-match', 'if-none-match', 'origin', 'sec-fetch-site', 'x-csrf-token', 'accept', 'accept-encoding', 'content-encoding', 'range'],
  ...['x-forwarded-for', 'x-forwarded-host', 'x-request-id', 'traceparent', 'x-original-method', 'x-forwarded-method', 'x-auth-subject'],
  ...['authorization', 'cookie'],
];
const ODD_HEADER_VALUES = [
  ...['', '*', '"', 'W/"', '"x"', 'a,b', 'null', 'gzip', 'DELETE', '::1', '-', 'same-origin', 'https://app.example.com', 'é'],
  ...['x'.repeat(300), 'Basic', 'Basic %%%', 'Basic OjpvOg==', 'Bearer', 'Bearer a.b.c', '=;=;;', '__Host-access=%'],
  '__Host-access=a; __Host-access=b',
];

/** Makes requests for the operations of an OpenAPI document, most of them nearly right. */
export function createRandomRequests({ random, document, known: first }: RandomRequestsOptions): RandomRequests {
  const resolve = ($ref: string) => schemaAt(document, $ref);
  const known = new KnownTexts(random, first);
  const values = createRandomValues({ random, known, resolve });
  const deal = createDeck(random, listOperations(document));

  function next(): RandomRequest {
    const { name, path, method, operation } = deal();
    const { type, payload } = randomBody(random, values, operation);
    return {
      operation: name,
      method,
      url: randomUrl(random, values, path, operation),
      headers: {
        ...(type !== undefined && { 'content-type': random.chance(0.05) ? random.pick(ODD_TYPES) : type }),
        ...(random.chance(0.2) && { [random.pick(ODD_HEADERS)]: random.pick(ODD_HEADER_VALUES) }),
      },
      ...(payload !== undefined && { payload }),
    };
  }

  return { next, learn: (body) => known.learn(body) };
}

/** All operations of a document, as `GET /books/{id}`, sorted. */
export function operationsOf(document: object): string[] {
  return listOperations(document)
    .map(({ name }) => name)
    .toSorted();
}

function listOperations(document: object) {
  return Object.entries((document as Document).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([verb, operation]) => {
      const method = verb.toUpperCase() as RandomRequest['method'];
      return { name: `${method} ${path}`, path, method, operation };
    }),
  );
}

function randomUrl(random: Random, { text, fitting }: RandomValues, path: string, { parameters = [] }: DocumentedOperation): string {
  const filled = path.replace(/\{(\w+)\}/g, (_braces, name: string) => encode(text(name)));
  const inQuery = parameters.filter((parameter) => parameter.in === 'query' && random.chance(0.4));
  const query = inQuery.map(({ name, schema }) => `${name}=${encode(random.chance(0.5) ? text(name) : asText(fitting(schema, name)))}`);
  if (random.chance(0.1)) query.push(`${encode(text())}=${encode(text())}`);
  return query.length === 0 ? filled : `${filled}?${query.join('&')}`;
}

function randomBody(random: Random, { fitting }: RandomValues, { requestBody }: DocumentedOperation) {
  if (requestBody === undefined) return {};
  const [type, { schema }] = random.pick(Object.entries(requestBody.content));
  if (random.chance(0.05)) return { type, payload: random.pick(ODD_BODIES) };
  const value = fitting(schema);
  return { type, payload: type === FORM ? asForm(value) : JSON.stringify(value) };
}

function asForm(value: unknown): string {
  return Object.entries(value ?? {})
    .flatMap(([name, held]) => [held].flat().map((one) => `${encode(name)}=${encode(asText(one))}`))
    .join('&');
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Half a surrogate pair has no percent-encoding; this is one that decoders refuse. */
function encode(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80';
}

function schemaAt(document: object, $ref: string): ValueSchema {
  const names = $ref.split('/').slice(1);
  return names.reduce((node: unknown, name) => (node as Record<string, unknown>)[name], document) as ValueSchema;
}
