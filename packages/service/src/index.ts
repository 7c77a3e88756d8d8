export { health, type ReadinessCheck } from './health.ts';
export { parseAsJson } from './json-body.ts';
export {
  type Counter,
  createMetrics,
  type Histogram,
  type Measurement,
  type Metrics,
  metrics,
  metricsTable,
} from './metrics.ts';
export { type MigratableDatabase, type Migrations, migrateDatabase } from './migrate.ts';
export { openConnections } from './open-connections.ts';
export type { ApiDocument } from './openapi/document.ts';
export { type OpenApiOptions, openapi } from './openapi/openapi.ts';
export { packageVersion } from './package-version.ts';
export { NEXT_PAGE, nextLink, openCursor, pageQuery, sealCursor } from './page.ts';
export { connectPostgres, type Database, type PostgresConnection, type PostgresOptions, pingPostgres } from './postgres.ts';
export { toProblem } from './problem-handlers.ts';
export {
  ConfigError,
  loadConfig,
  parseRedisUrl,
  type RedisTarget,
  runProcess,
  type Settings,
  setting,
  settingsTable,
} from './process.ts';
export { connectRedis, type Redis, type RedisConnectionOptions } from './redis.ts';
export { type SecurityHeadersOptions, securityHeaders } from './security-headers.ts';
export { createServer, type Server, type ServerOptions } from './server.ts';
export { STORABLE_TEXT, VISIBLE_TEXT, VISIBLE_TEXT_DESCRIPTION } from './text-patterns.ts';
export { isUnavailable } from './unavailable.ts';
