// The entry point `@countersign/service/process`: what a process needs first. It loads neither Fastify nor a database driver, so that
// settings are read, and faults in them reported, at once.

export { isCodedOtherwise } from './http/ambiguity.ts';
export { createRequestId } from './http/request-id.ts';
export { VISIBLE_TEXT } from './http/text-patterns.ts';
export { trackConnections } from './http/track-connections.ts';
export { UNROUTED_SECURITY_HEADERS } from './http/unrouted-headers.ts';
export { loggableError } from './log.ts';
export type { RedisTarget } from './redis/redis-url.ts'; // part of the type that TypeScript infers for a service's settings
export { describeStartFault, type Running, runProcess } from './run-process.ts';
export { type Config, ConfigError, loadConfig, type Setting, type Settings } from './settings/config.ts';
export { listOf, setting } from './settings/setting.ts';
export { settingsTable } from './settings/settings-table.ts';
export {
  connectionSettings,
  httpSettings,
  LOG_LEVELS,
  type LogLevel,
  logSettings,
  revocationSettings,
  verifierSettings,
} from './settings/shared-settings.ts';
