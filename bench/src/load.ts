import autocannon from 'autocannon';

export interface Load {
  readonly path: string;
  readonly method?: 'GET' | 'POST';
  readonly body?: string;
  /** Sent in turn, one per request; each connection has a share of them. */
  readonly headers?: readonly Readonly<Record<string, string>>[];
  readonly connections?: number;
  readonly seconds?: number;
  /** Ends after so many requests, at least one for each connection, instead of after `seconds`. */
  readonly requests?: number;
}

export interface Measured {
  readonly requestsPerSecond: number;
  /** CPU of the server's process, all threads, per request. */
  readonly cpuMicroseconds: number;
  readonly p99Ms: number;
}

export function bearers(tokens: readonly string[]): { authorization: string }[] {
  return tokens.map((token) => ({ authorization: `Bearer ${token}` }));
}

export interface Server {
  readonly name: string;
  readonly url: string;
  cpuMicroseconds(): Promise<number>;
}

/** Puts a server under load. Any answer but 2xx is an error: it would measure the wrong thing. */
export async function measure(
  variant: Server,
  { path, method = 'GET', body, headers = [{}], connections = 32, seconds = 3, requests }: Load,
): Promise<Measured> {
  const before = await variant.cpuMicroseconds();
  let clients = 0;
  let preparedAt = 0;
  const result = await autocannon({
    url: variant.url + path,
    method,
    connections,
    ...(requests === undefined ? { duration: seconds } : { amount: Math.max(requests, connections) }),
    // Each connection gets a share: preparing all headers for each would take longer than sending them.
    setupClient: (client) => {
      const share = headers.filter((_, index) => index % connections === clients % connections);
      clients += 1;
      client.setRequests((share.length > 0 ? share : headers).map((one) => ({ method, path, headers: { ...one }, body })));
      preparedAt = Date.now();
    },
  });
  const cpu = (await variant.cpuMicroseconds()) - before;
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(
      `${variant.name}: ${result.non2xx} answers other than 2xx, ${result.errors} errors (${result.timeouts} of them time-outs)`,
    );
  return {
    // Not autocannon's duration, which includes preparing the requests: for 20,000 a good part of a short load.
    requestsPerSecond: result['2xx'] / ((result.finish.getTime() - preparedAt) / 1000),
    cpuMicroseconds: cpu / result.requests.total,
    p99Ms: result.latency.p99,
  };
}
