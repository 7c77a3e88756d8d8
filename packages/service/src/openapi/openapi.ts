import type { ProblemCode } from '@countersign/problems';
import swagger from '@fastify/swagger';
import type { FastifyInstance, RouteOptions } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { completeDocument } from './complete-document.ts';
import type { ApiDocument, SecurityScheme } from './document.ts';
import { PAGE_POLICY, renderPage } from './reference-page.ts';
import { ACCESS_SCHEMES } from './security-schemes.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The verifier's: anyone may call this route. */
    public?: boolean;
    /** The refusals of this route's own rules; all others follow from what it declares. */
    problems?: readonly ProblemCode[];
  }
  interface FastifyInstance {
    /** The OpenAPI document of all routes; call it once the app is ready. */
    apiDocument(): ApiDocument;
  }
}

export interface OpenApiOptions {
  /** `''` or `/books`: the page is at `<prefix>/docs`, the document at `<prefix>/docs/openapi.json`. */
  readonly prefix: string;
  readonly title: string;
  readonly version: string;
  /** In the Markdown that `html.ts` knows. */
  readonly description: string;
  /** The public origin. */
  readonly origin: string;
  readonly tags: readonly ApiTag[];
  /** Ways to authenticate besides the access token. */
  readonly securitySchemes?: Readonly<Record<string, SecurityScheme>>;
}

/** A part of the reference: the routes whose path begins with one of `paths`, and that no earlier tag has. */
export interface ApiTag {
  readonly name: string;
  readonly description: string;
  readonly paths: readonly string[];
}

const MAX_AGE_SECONDS = 300;

/**
 * The OpenAPI 3.1 document of all routes registered after this, made from the schemas that validate them, and a page to read it. `hide:
 * true` in a route's schema leaves it out: internal routes aren't documented publicly.
 */
export const openapi = fastifyPlugin<OpenApiOptions>(async (server, options) => {
  const routes: RouteOptions[] = [];
  server.addHook('onRoute', (route) => {
    routes.push(route);
  });
  const { title, version, description, origin, tags, securitySchemes } = options;
  await server.register(swagger, {
    convertConstToEnum: false,
    transform: ({ schema, url }) => ({ url, schema: { ...schema, tags: tagsOf(url, tags) } }),
    openapi: {
      openapi: '3.1.0',
      info: { title, version, description, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
      servers: [{ url: origin }],
      tags: tags.map(({ name, description }) => ({ name, description })),
      components: { examples: {}, securitySchemes: { ...ACCESS_SCHEMES, ...securitySchemes } },
    },
  });

  let document: ApiDocument | undefined;
  // The draft shares objects with the schemas used for validation, so it is copied before anything is added.
  const draft = (): ApiDocument => JSON.parse(JSON.stringify(server.swagger()));
  server.decorate('apiDocument', () => {
    document ??= completeDocument(draft(), routes);
    return document;
  });
  serveDocument(server, options.prefix);
});

function tagsOf(url: string, tags: readonly ApiTag[]): string[] {
  const tag = tags.find(({ paths }) => paths.some((path) => url === path || url.startsWith(`${path}/`)));
  return tag === undefined ? [] : [tag.name];
}

/** All answers share the same bytes, which are large: a caller that asks often and reads no answer can't make the process hold copies. */
function serveDocument(server: FastifyInstance, prefix: string): void {
  const open = { config: { public: true }, schema: { hide: true } } as const;
  const documentPath = `${prefix}/docs/openapi.json`;
  let document: Buffer | undefined;
  let page: Buffer | undefined;

  server.get(documentPath, open, async (_request, reply) => {
    document ??= Buffer.from(JSON.stringify(server.apiDocument()));
    reply.header('cache-control', `public, max-age=${MAX_AGE_SECONDS}`);
    return reply.type('application/json; charset=utf-8').send(document);
  });
  server.get(`${prefix}/docs`, open, async (_request, reply) => {
    page ??= Buffer.from(renderPage(server.apiDocument(), documentPath));
    reply.headers({ 'cache-control': `public, max-age=${MAX_AGE_SECONDS}`, 'content-security-policy': PAGE_POLICY });
    return reply.type('text/html; charset=utf-8').send(page);
  });
}
