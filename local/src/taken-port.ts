import { StartError } from '@countersign/problems';
import type { ServiceName } from './services.ts';

const OTHERS: Readonly<Record<string, string>> = { gateway: 'the gateway', redis: 'the stand-in for Redis' };

/** Says which of the stack's ports is taken, and how to choose another one. */
export function takenPort(name: ServiceName | 'gateway' | 'redis', port: number): StartError {
  const owner = OTHERS[name] ?? `the ${name} service`;
  const variable = `${name.toUpperCase()}_PORT`;
  return new StartError(
    `Port ${port}, for ${owner}, is taken by another program. Stop that, or choose another port (0: any free one):\n  ${variable}=${port + 10} npm start`,
  );
}
