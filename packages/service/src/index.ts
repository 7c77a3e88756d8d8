export { type Config, ConfigError, loadConfig, type Setting, type Settings } from './config.ts';
export { health, type ReadinessCheck } from './health.ts';
export { metrics } from './metrics.ts';
export { migrateDatabase } from './migrate.ts';
export { connectPostgres, type Database, type PostgresConnection, type Transaction } from './postgres.ts';
export { type Running, runProcess } from './process.ts';
export { connectRedis, type Redis } from './redis.ts';
export { createServer, type Server, type ServerOptions } from './server.ts';
export { setting } from './setting.ts';
