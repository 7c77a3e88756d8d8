import type { Secrets } from './secrets.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The addresses that the stack decides, whatever the environment says. */
export interface Places {
  readonly port: number;
  readonly gatewayPort: number;
  readonly redisUrl: string;
}

/** Also the issuer, which is written without the port when that is 80. */
export function gatewayOrigin(port: number, host = 'localhost'): string {
  return new URL(`http://${host}:${port}`).origin;
}

/** The environment of a service or the worker: `npm start`'s, minus what leads out of the stack, plus secrets that weren't chosen. */
export function serviceEnvironment(given: Environment, places: Places, secrets: Secrets): Environment {
  const fromInside = gatewayOrigin(places.gatewayPort, '127.0.0.1');
  return {
    ...defaults(given, {
      ISSUER: gatewayOrigin(places.gatewayPort),
      JWKS_URL: `${fromInside}/.well-known/jwks.json`,
      KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey,
      REFRESH_TOKEN_SECRET: secrets.refreshTokenSecret,
    }),
    HOST: '127.0.0.1',
    PORT: String(places.port),
    REDIS_URL: places.redisUrl,
    REDIS_URL_FILE: undefined,
    // Never connected to: the thread has its own PGlite.
    DATABASE_URL: 'postgres://stand-in/in-this-process',
    DATABASE_URL_FILE: undefined,
    TRUST_PROXY: '127.0.0.1',
    WORKER_CLIENT_ID: 'worker-1',
    WORKER_CLIENT_SECRET: secrets.workerClientSecret,
    WORKER_CLIENT_SECRET_FILE: undefined,
    TOKEN_URL: `${fromInside}/oauth/token`,
    BOOKS_URL: fromInside,
    ADMIN_USERNAME: 'admin',
    ADMIN_PASSWORD: secrets.adminPassword,
    ADMIN_PASSWORD_FILE: undefined,
  };
}

/** An empty variable counts as not set, and a secret may be given as a file. */
function defaults(given: Environment, fallbacks: Readonly<Record<string, string>>): Environment {
  const missing = Object.entries(fallbacks).filter(([name]) => !given[name] && !given[`${name}_FILE`]);
  return { ...given, ...Object.fromEntries(missing) };
}
