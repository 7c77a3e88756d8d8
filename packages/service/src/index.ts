export { isGivenUp } from './http/handler-limit.ts';
export { health, type ReadinessCheck } from './http/health.ts';
export { parseAsJson } from './http/json-body.ts';
export { listenWhenReady } from './http/listen-when-ready.ts';
export { NotModified } from './http/not-modified.ts';
export { NEXT_PAGE, nextLink, openCursor, pageQuery, sealCursor } from './http/page.ts';
export { logProblem } from './http/problem-handlers.ts';
export { securityHeaders } from './http/security-headers.ts';
export { createServer, type Server, type ServerOptions } from './http/server.ts';
export { STORABLE_TEXT, VISIBLE_TEXT, VISIBLE_TEXT_DESCRIPTION } from './http/text-patterns.ts';
export { toProblem } from './http/to-problem.ts';
export {
  createMetrics,
  type Measurement,
  type Metrics,
  metrics,
  metricsTable,
} from './metrics.ts';
export { openConnections } from './open-connections.ts';
export { openapi } from './openapi/openapi.ts';
export { packageVersion } from './package-version.ts';
export { type MigratableDatabase, type Migrations, migrateDatabase } from './postgres/migrate.ts';
export { connectPostgres, type Database, type PostgresConnection, type PostgresOptions, pingPostgres } from './postgres/postgres.ts';
export { shareOfConnections } from './postgres/share-of-connections.ts';
export {
  ConfigError,
  loadConfig,
  runProcess,
  type Settings,
  setting,
  settingsTable,
} from './process.ts';
export { connectRedis, type Redis, type RedisConnectionOptions } from './redis/redis.ts';
export { isLockTimeout, isUnavailable } from './unavailable.ts';
export { valueWithin } from './value-within.ts';
