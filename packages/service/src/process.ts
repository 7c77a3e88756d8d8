// The entry point `@countersign/service/process`: what a process needs before anything else. It loads neither Fastify nor a
// database driver, so that settings can be read, and faults in them reported, at once.
export { type Config, ConfigError, loadConfig, type Setting, type Settings } from './config.ts';
export { loggableError } from './log.ts';
export { parseRedisUrl, type RedisNode, type RedisTarget } from './redis-url.ts';
export { createRequestId } from './request-id.ts';
export { type Running, runProcess } from './run-process.ts';
export { partsOf, setting } from './setting.ts';
export { settingsTable } from './settings-table.ts';
export { connectionSettings, httpSettings, LOG_LEVELS, type LogLevel, logSettings, revocationSettings } from './shared-settings.ts';
export { type TrackedConnections, trackConnections } from './track-connections.ts';
export { UNROUTED_SECURITY_HEADERS } from './unrouted-headers.ts';
