import {
  health,
  type Metrics,
  metrics,
  openapi,
  pingPostgres,
  type ReadinessCheck,
  type Server,
  securityHeaders,
} from '@countersign/service';
import { DEFAULT_AUDIENCE, SIGNING_ALGS, serviceAudience } from '@countersign/tokens';
import { type KeySource, openToAll, type RevocationView, verifier } from '@countersign/verifier';
import { createRequestJudge, type Judge } from '@countersign/verifier/parts';
import fastifyCookie from '@fastify/cookie';
import { describeApi } from './api-description.ts';
import type { AuthConfig } from './config.ts';
import type { Ports } from './ports.ts';
import { addressLimits, perMinute } from './routes/address-limit.ts';
import { requireAdministrator } from './routes/admin/administration.ts';
import { adminAuditRoute } from './routes/admin/audit.ts';
import { auditRefusals } from './routes/admin/audit-refusals.ts';
import { adminClientRoutes } from './routes/admin/clients.ts';
import { adminImportRoute } from './routes/admin/import.ts';
import { adminKeyRoutes } from './routes/admin/keys.ts';
import { adminPasswordResetRoute } from './routes/admin/password-reset.ts';
import { adminRoleRoutes } from './routes/admin/roles.ts';
import { adminSessionRoutes } from './routes/admin/sessions.ts';
import { adminUserRoutes } from './routes/admin/users.ts';
import { verifyRoute } from './routes/forward-auth/verify.ts';
import { oauthRoutes } from './routes/oauth/oauth.ts';
import { loginRoute } from './routes/people/login.ts';
import { logoutRoute } from './routes/people/logout.ts';
import { meRoute } from './routes/people/me.ts';
import { passwordRoute } from './routes/people/password.ts';
import { passwordResetRoute } from './routes/people/password-reset.ts';
import { reauthenticateRoute } from './routes/people/reauthenticate.ts';
import { refreshRoute } from './routes/people/refresh.ts';
import { registerRoute } from './routes/people/register.ts';
import { sessionRoutes } from './routes/people/sessions.ts';
import { requirePerson } from './routes/person.ts';
import { jwksRoute } from './routes/well-known/jwks.ts';
import { metadataRoute } from './routes/well-known/metadata.ts';
import { createRules } from './rules.ts';

export interface AuthDeps {
  readonly server: Server;
  readonly config: AuthConfig;
  readonly metrics: Metrics;
  /** Auth's own keys, for verifying. */
  readonly ownKeys: KeySource;
  /** For requests to auth itself: revocations as the database has them. */
  readonly revocations: RevocationView;
  /** For `/verify` alone: judges from memory, by the list in Redis. */
  readonly judgeFollowed: Judge;
  /** Whether that list has been read. */
  readonly listCheck: ReadinessCheck;
  readonly ports: Ports;
}

/** The auth service, not yet listening. */
export async function createApp(deps: AuthDeps): Promise<Server> {
  const { server, config, ownKeys, revocations, ports } = deps;
  const { issuer, audience, corsOrigins } = config;
  const rules = createRules(config);
  const limit = perMinute(config.loginAttemptsPerAddress);

  await server.register(securityHeaders, config);
  await server.register(fastifyCookie);
  await server.register(verifier, {
    issuer,
    audience: ACCEPTED_AUDIENCES,
    algorithms: SIGNING_ALGS,
    keys: ownKeys,
    revocations,
    corsOrigins,
  });
  await server.register(health, { checks: { postgres: () => pingPostgres(ports.db), revocations: deps.listCheck } });
  await server.register(metrics, deps.metrics);
  await server.register(addressLimits, { counts: ports.addressCounts });
  await server.register(openapi, describeApi(config));

  await server.register(async (open) => {
    openToAll(open);
    await open.register(jwksRoute, { keys: ports.keys, maxAgeSeconds: ports.keys.schedule.jwksMaxAgeSeconds });
    await open.register(registerRoute, { ports, limit, registration: config.registration });
    await open.register(loginRoute, { ports, rules, limit, corsOrigins });
    await open.register(refreshRoute, { ports, rules, corsOrigins });
    await open.register(logoutRoute, { ports, secrets: rules.secrets, corsOrigins });
    await open.register(metadataRoute, { issuer });
    await open.register(passwordResetRoute, { ports, limit });
    await open.register(oauthRoutes, { ports, rules });
    await open.register(verifyRoute, {
      judgeRequest: createRequestJudge(deps.judgeFollowed, corsOrigins),
      audience,
      onStale: config.revocationOnStale,
    });
  });

  await server.register(async (admin) => {
    requireAdministrator(admin);
    auditRefusals(admin, ports);
    await admin.register(adminUserRoutes, { ports });
    await admin.register(adminRoleRoutes, { ports });
    await admin.register(adminPasswordResetRoute, { ports });
    await admin.register(adminImportRoute, { ports });
    await admin.register(adminSessionRoutes, { ports });
    await admin.register(adminClientRoutes, { ports, firstParty: rules.access });
    await admin.register(adminKeyRoutes, { ports });
    await admin.register(adminAuditRoute, { ports });
  });

  await server.register(async (authenticated) => {
    requirePerson(authenticated);
    await authenticated.register(meRoute, { ports });
    await authenticated.register(sessionRoutes, { ports });
    await authenticated.register(reauthenticateRoute, { ports, terms: rules.access, limit });
    await authenticated.register(passwordRoute, { ports, limit });
  });

  return server;
}

/** Audiences that auth's own endpoints accept. */
const ACCEPTED_AUDIENCES = [DEFAULT_AUDIENCE, serviceAudience('auth')];
