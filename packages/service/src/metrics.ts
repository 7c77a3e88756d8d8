import fastifyPlugin from 'fastify-plugin';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** A process's metrics. A service creates its own here, so that `GET /metrics` shows them. */
export interface Metrics {
  readonly registry: Registry;
  /** Adds figures that are kept elsewhere and read at every scrape. */
  measure(measurements: readonly Measurement[]): void;
  counter<Label extends string = never>(name: string, help: string, labels?: readonly Label[]): Counter<Label>;
  histogram(name: string, help: string, options: { buckets: readonly number[] }): Histogram;
}

export interface Measurement {
  readonly kind: 'gauge' | 'counter';
  readonly name: string;
  readonly help: string;
  read(): number;
}

/** Starts with the process's own figures (CPU, memory, event loop, garbage collection). */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return metricsOf(registry);
}

function metricsOf(registry: Registry): Metrics {
  const registers = [registry];
  return {
    registry,
    measure(measurements) {
      for (const measurement of measurements) {
        if (measurement.kind === 'gauge') readGauge(measurement, registers);
        else readCounter(measurement, registers);
      }
    },
    counter: (name, help, labels = []) => new Counter({ name, help, labelNames: labels, registers }),
    histogram: (name, help, { buckets }) => new Histogram({ name, help, buckets: [...buckets], registers }),
  };
}

function readGauge({ name, help, read }: Measurement, registers: Registry[]): void {
  const gauge: Gauge = new Gauge({ name, help, registers, collect: () => gauge.set(read()) });
}

function readCounter({ name, help, read }: Measurement, registers: Registry[]): void {
  const collect = () => {
    counter.reset();
    counter.inc(read());
  };
  const counter: Counter = new Counter({ name, help, registers, collect });
}

const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

function measureRequests(registry: Registry): Histogram<'method' | 'route' | 'status'> {
  return new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the arrival of a request to the end of its response, by method, route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_SECONDS,
    registers: [registry],
  });
}

/** A Markdown table for the generated documents: the metrics of every service and of this one, without running it. */
export function metricsTable(register: (metrics: Metrics) => void): string {
  const registry = new Registry();
  measureRequests(registry);
  register(metricsOf(registry));
  const rows = registry.getMetricsAsArray().map(({ name, help, type }) => `| \`${name}\` | ${type} | ${help} |`);
  return ['| metric | kind | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

/** `GET /metrics` in Prometheus' text format, which the gateway doesn't expose, and the duration of every request. */
export const metrics = fastifyPlugin<Pick<Metrics, 'registry'>>(async (server, { registry }) => {
  const durations = measureRequests(registry);
  // The route's pattern, never the URL, which would make a series for each book.
  server.addHook('onResponse', (request, reply, done) => {
    durations.observe(
      { method: request.method, route: request.routeOptions.url ?? 'none', status: reply.statusCode },
      reply.elapsedTime / 1000,
    );
    done();
  });
  server.get('/metrics', { config: { public: true }, schema: { hide: true }, logLevel: 'warn' }, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
});
