import type { AuthConfig } from './config.ts';
import type { LogInRules } from './domain/people/log-in.ts';
import type { RefreshRules } from './domain/sessions/refresh-session.ts';
import { createRefreshTokenSecrets } from './domain/sessions/refresh-token.ts';

export function createRules(config: AuthConfig): LogInRules & RefreshRules {
  return {
    access: { issuer: config.issuer, services: config.services, audience: config.audience, ttlSeconds: config.accessTokenTtlSeconds },
    secrets: createRefreshTokenSecrets(config.refreshTokenSecret, config.refreshTokenSecretPrevious),
    life: { idleSeconds: config.refreshTokenIdleSeconds, maxSeconds: config.refreshTokenMaxSeconds },
    graceSeconds: config.refreshGraceSeconds,
    rotation: config.refreshRotation === 'on',
  };
}
