import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createSchemaJudge, toPointer } from './document-schemas.ts';
import type { Owner } from './owner.ts';

interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: Responses }>>>>;
}

type Responses = Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly examples?: object }>> }>>;

interface App {
  addHook(name: 'onRoute', hook: (route: { readonly method: string | string[]; readonly url: string }) => void): unknown;
  addHook(name: 'onSend', hook: (request: Request, reply: Reply, payload: unknown) => Promise<unknown>): unknown;
}
interface Request {
  readonly is404: boolean;
  readonly method: string;
  readonly routeOptions: { readonly url?: string };
  readonly server: { readonly apiDocument?: () => ApiDocument };
}
interface Reply {
  readonly statusCode: number;
  getHeader(name: 'content-type'): string | number | string[] | undefined;
}

export interface Held {
  /** Every registered route, as `GET /books/{id}`. */
  readonly routes: ReadonlySet<string>;
}

const UNKNOWN =
  'answers that the OpenAPI document does not know; a route names its problems in its config, as `problems`, and its other answers in its schema';

/**
 * Holds every answer of every app created from now on to the OpenAPI document of its route: the document has the status, and a problem's
 * code, and the body fits the schema. The owner's teardown throws what differs.
 */
export function holdToDocument(owner: Owner): Held {
  const routes = new Set<string>();
  const faults = new Set<string>();
  const judges = new WeakMap<ApiDocument, AnswerJudge>();

  function watch(message: unknown): void {
    const { fastify } = message as { fastify: App };
    fastify.addHook('onRoute', ({ method, url }) => {
      for (const name of [method].flat()) routes.add(`${name} ${toTemplate(url)}`);
    });
    fastify.addHook('onSend', async (request, reply, payload) => {
      const document = request.is404 ? undefined : request.server.apiDocument?.();
      if (document === undefined) return payload;
      const judge = judges.get(document) ?? createJudge(document);
      judges.set(document, judge);
      const fault = judge(request, reply, payload);
      if (fault !== null) faults.add(`${request.method} ${request.routeOptions.url}: ${fault}`);
      return payload;
    });
  }

  subscribe('fastify.initialization', watch);
  owner.teardown(() => {
    unsubscribe('fastify.initialization', watch);
    if (faults.size > 0) throw new Error(`${UNKNOWN}:\n${[...faults].join('\n')}`);
  });
  return { routes };
}

type AnswerJudge = (request: Request, reply: Reply, payload: unknown) => string | null;

function createJudge(document: ApiDocument): AnswerJudge {
  const judgeBySchema = createSchemaJudge(document);
  return ({ method, routeOptions: { url = '' } }, reply, payload) => {
    const path = toTemplate(url);
    const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
    const responses = document.paths[path]?.[verb]?.responses;
    // Left out of the document on purpose; another test lists those routes.
    if (responses === undefined) return null;
    const status = [String(reply.statusCode), `${Math.floor(reply.statusCode / 100)}XX`].find((name) => name in responses);
    if (status === undefined) return `${reply.statusCode} is not documented: ${excerpt(payload)}`;
    // Fastify writes `null` where a handler answers with nothing, and omits it with 204 and 304.
    const { content } = responses[status] ?? {};
    if (typeof payload !== 'string' || payload === '' || (content === undefined && payload === 'null')) return null;

    const [type = ''] = String(reply.getHeader('content-type') ?? '').split(';');
    const media = content?.[type];
    if (media === undefined) return `${status} is not documented as ${type}`;
    const body: unknown = JSON.parse(payload);
    const { code } = body as { code?: string };
    if (media.examples !== undefined && !(String(code) in media.examples)) return `${status} is not documented for the code ${code}`;
    const fault = judgeBySchema(toPointer('paths', path, verb, 'responses', status, 'content', type, 'schema'), body);
    return fault === null ? null : `${status} ${fault}: ${excerpt(payload)}`;
  };
}

function toTemplate(url: string): string {
  return url.replace(/:(\w+)/g, '{$1}');
}

function excerpt(payload: unknown): string {
  return String(payload).slice(0, 200);
}
