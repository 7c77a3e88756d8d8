import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Owner } from '@countersign/testing';

export interface BooksStub {
  readonly url: string;
  readonly books: { title: string; author: string }[];
  readonly tokenForms: URLSearchParams[];
  /** While it is set, whoever asks for books meets an outage. */
  isDown: boolean;
  /** While it is set, who adds a book gets no answer. */
  isSilent: boolean;
  /** The books that got none. */
  unanswered: number;
  connections: number;
}

/** Fits the contract, and is refused all the same, as by another version of books. */
export const REFUSED_TITLE = 'A refused one';
/** The same, and nothing in particular is said to be wrong with it. */
export const DISLIKED_TITLE = 'A disliked one';
/** Whoever adds this one meets an outage. */
export const OUTAGE_TITLE = 'A book in vain';
/** Whoever asks for the books of this one meets an outage. */
export const OUTAGE_AUTHOR = 'Nobody is home';
/** Whoever asks for the books of this one gets something else. */
export const OTHER_AUTHOR = 'Somebody else is home';

const OUTAGE = { code: 'unavailable', detail: 'Try again later.' };
const REFUSAL = {
  code: 'validation_failed',
  detail: 'body/title must be another.',
  errors: [{ path: 'body/title', message: 'must be another' }],
};

/** A token endpoint and a books service in one, with pages of two books. */
export async function booksStub(owner: Owner, port = 0): Promise<BooksStub> {
  const books: BooksStub['books'] = [];
  const tokenForms: URLSearchParams[] = [];
  const stub = { url: '', books, tokenForms, isDown: false, isSilent: false, unanswered: 0, connections: 0 };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://stub');
    const body = await readText(request);
    if (url.pathname === '/oauth/token') {
      tokenForms.push(new URLSearchParams(body));
      return json(response, 200, { access_token: 'good', token_type: 'Bearer', expires_in: 900 });
    }
    if (request.headers.authorization !== 'Bearer good') return json(response, 401, { code: 'token_invalid' });
    if (request.method === 'POST') {
      if (stub.isSilent) {
        stub.unanswered += 1;
        return;
      }
      const book = JSON.parse(body) as { title: string; author: string };
      if (book.title === REFUSED_TITLE) return json(response, 400, REFUSAL);
      if (book.title === DISLIKED_TITLE) return json(response, 400, { ...REFUSAL, errors: undefined });
      if (book.title === OUTAGE_TITLE) return json(response, 503, OUTAGE);
      books.push(book);
      // The body comes after the head, as through a proxy.
      response.writeHead(201, { 'content-type': 'application/json' }).flushHeaders();
      return void setImmediate(() => response.end(JSON.stringify(book)));
    }
    const author = url.searchParams.get('author');
    if (stub.isDown || author === OUTAGE_AUTHOR) return json(response, 503, OUTAGE);
    if (author === OTHER_AUTHOR) return json(response, 200, [{ name: 'no book' }]);
    const found = books.filter((book) => book.author === author);
    const from = Number(url.searchParams.get('after') ?? 0);
    if (found.length > from + 2) {
      url.searchParams.set('after', String(from + 2));
      response.setHeader('link', `<${url.pathname}${url.search}>; rel="next"`);
    }
    json(response, 200, found.slice(from, from + 2));
  }

  const server = createServer((request, response) => void answer(request, response));
  server.on('connection', () => {
    stub.connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  owner.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  stub.url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return stub;
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
