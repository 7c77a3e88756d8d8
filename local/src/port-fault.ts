import { StartError } from '@countersign/problems';
import type { ServiceName } from './services.ts';

const OTHERS: Readonly<Record<string, string>> = { gateway: 'the gateway', redis: 'the stand-in for Redis' };

/** Says which port of the stack can't be listened on, and how to choose another one; `null` for another fault. */
export function portFault(name: ServiceName | 'gateway' | 'redis', port: number, code: string | undefined): StartError | null {
  const whose = `Port ${port}, for ${OTHERS[name] ?? `the ${name} service`},`;
  const choose = (other: number) => `${name.toUpperCase()}_PORT=${other} npm start`;
  if (code === 'EADDRINUSE')
    return new StartError(
      `${whose} is taken by another program. Stop that, or choose another port (0: any free one):\n  ${choose(port + 10)}`,
    );
  if (code === 'EACCES') return new StartError(`${whose} may not be used by this user. Choose one above 1023:\n  ${choose(port + 9000)}`);
  return null;
}
