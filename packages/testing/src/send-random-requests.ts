import type { RandomRequest, RandomRequests } from './random-requests.ts';

interface Answer {
  readonly statusCode: number;
  readonly body: string;
}

export interface Sent {
  /** The operations that were right (below 300) at least once, sorted. */
  readonly answered: readonly string[];
  /** Each answer of 500 or more, with its request. */
  readonly faults: readonly object[];
}

/** Sends `count` requests, one after the other, and learns from the answers to those that were right. */
export async function sendRandomRequests(
  requests: RandomRequests,
  count: number,
  send: (request: Omit<RandomRequest, 'operation'>) => Promise<Answer>,
): Promise<Sent> {
  const answered = new Set<string>();
  const faults: object[] = [];
  for (let i = 0; i < count; i += 1) {
    const { operation, ...request } = requests.next();
    const { statusCode, body } = await send(request);
    if (statusCode >= 500) faults.push({ operation, request, statusCode, body });
    if (statusCode < 300) {
      answered.add(operation);
      requests.learn(body);
    }
  }
  return { answered: [...answered].toSorted(), faults };
}
