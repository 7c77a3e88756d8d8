import swagger from '@fastify/swagger';
import type { FastifyInstance, RouteOptions } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { completeDocument } from './complete-document.ts';
import type { ApiDocument, SecurityScheme } from './document.ts';
import { PAGE_POLICY, renderPage } from './reference-page.ts';
import { ACCESS_SCHEMES } from './security-schemes.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** The OpenAPI document of all routes; to be asked for once the app is ready. */
    apiDocument(): ApiDocument;
  }
}

export interface OpenApiOptions {
  /** `''` or `/books`: the page is at `<prefix>/docs`, the document at `<prefix>/docs/openapi.json`. */
  readonly prefix: string;
  readonly title: string;
  readonly version: string;
  /** Markdown, of which the page knows paragraphs, `##` headings, `-` lists, code and fences. */
  readonly description: string;
  /** The public origin. */
  readonly origin: string;
  /** The parts of the reference, in its order; each route names one in its schema. */
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  /** Ways in beside the access token. */
  readonly securitySchemes?: Readonly<Record<string, SecurityScheme>>;
}

const MAX_AGE_SECONDS = 300;

/**
 * The OpenAPI 3.1 document of all routes that are registered after this, from the schemas that validate them, and a page
 * to read it. A route is left out with `hide: true` in its schema: what only neighbours call isn't told in public.
 */
export const openapi = fastifyPlugin<OpenApiOptions>(async (server, options) => {
  const routes: RouteOptions[] = [];
  server.addHook('onRoute', (route) => {
    routes.push(route);
  });
  const { title, version, description, origin, tags, securitySchemes } = options;
  await server.register(swagger, {
    convertConstToEnum: false,
    openapi: {
      openapi: '3.1.0',
      info: { title, version, description, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
      servers: [{ url: origin }],
      tags: [...tags],
      components: { examples: {}, securitySchemes: { ...ACCESS_SCHEMES, ...securitySchemes } },
    },
  });

  let document: ApiDocument | undefined;
  // The draft shares its parts with the schemas that validate, so it is copied before anything is added.
  const draft = (): ApiDocument => JSON.parse(JSON.stringify(server.swagger()));
  server.decorate('apiDocument', () => {
    document ??= completeDocument(draft(), routes);
    return document;
  });
  serveDocument(server, options.prefix);
});

function serveDocument(server: FastifyInstance, prefix: string): void {
  const open = { config: { public: true }, schema: { hide: true } } as const;
  const documentPath = `${prefix}/docs/openapi.json`;
  let page: string | undefined;

  server.get(documentPath, open, async (_request, reply) => {
    reply.header('cache-control', `public, max-age=${MAX_AGE_SECONDS}`);
    return server.apiDocument();
  });
  server.get(`${prefix}/docs`, open, async (_request, reply) => {
    page ??= renderPage(server.apiDocument(), documentPath);
    reply.headers({ 'cache-control': `public, max-age=${MAX_AGE_SECONDS}`, 'content-security-policy': PAGE_POLICY });
    return reply.type('text/html; charset=utf-8').send(page);
  });
}
