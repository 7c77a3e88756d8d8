import { StartError } from '@countersign/problems';

const WORDS = { auth: 'the auth service', books: 'the books service', gateway: 'the gateway', redis: 'the stand-in for Redis' } as const;

/** Says which of the stack's ports is taken, and how to choose another one. */
export function takenPort(name: keyof typeof WORDS, port: number): StartError {
  const variable = `${name.toUpperCase()}_PORT`;
  return new StartError(
    `Port ${port}, for ${WORDS[name]}, is taken by another program. Stop that, or choose another port (0: any free one):\n  ${variable}=${port + 10} npm start`,
  );
}
