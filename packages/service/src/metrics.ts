import fastifyPlugin from 'fastify-plugin';
import type { Registry } from 'prom-client';

/** `GET /metrics` in Prometheus' text format. The gateway doesn't let it out. */
export const metrics = fastifyPlugin<{ registry: Registry }>(async (server, { registry }) => {
  server.get('/metrics', { config: { public: true }, logLevel: 'warn' }, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
});
