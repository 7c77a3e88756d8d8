import { Agent, type OutgoingHttpHeaders, request } from 'node:http';

const agent = new Agent({ keepAlive: true });

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Sends a request on a kept-alive connection: lighter than fetch, so that the service is what is measured. */
export function send(method: 'GET' | 'POST' | 'DELETE', url: string, headers: OutgoingHttpHeaders, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { agent, method, headers: { ...headers, ...length } }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Treats any other status as an error in the bench. */
export async function expectAnswer(expected: number, ...sent: Parameters<typeof send>): Promise<string> {
  const { status, text } = await send(...sent);
  if (status !== expected) throw new Error(`${sent[0]} ${sent[1]} answered ${status}: ${text}`);
  return text;
}
