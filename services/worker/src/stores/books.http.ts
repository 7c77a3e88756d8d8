import { nextPage, type ReceivedProblem, readProblem, type ServiceClient } from '@countersign/client';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Library } from '../domain/import-books.ts';

const Page = Type.Array(Type.Object({ title: Type.String() }));

export function createLibrary(client: ServiceClient, signal: AbortSignal): Library {
  return {
    async titlesBy(author) {
      const titles = new Set<string>();
      let path: string | null = `/books?${new URLSearchParams({ author, limit: '100' })}`;
      while (path !== null) {
        const response: Response = await client.fetch(path, { signal });
        if (response.status !== 200) throw failure(response, await readProblem(response));
        const page: unknown = await response.json();
        if (!Value.Check(Page, page)) throw new Error("the books service's answer isn't a page of books");
        for (const { title } of page) titles.add(title);
        path = nextPage(response.headers.get('link'));
      }
      return titles;
    },
    async add(book) {
      const response = await client.fetch('/books', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(book),
        signal,
      });
      if (response.status !== 201) return reasonOf(response, await readProblem(response));
      // Nobody needs the body, but cancelling it would close the connection.
      await response.text();
      return null;
    },
  };
}

/** What is wrong with the book itself. @throws Error for anything else, which a later try may get past */
function reasonOf(response: Response, problem: ReceivedProblem): string {
  if (problem.code !== 'validation_failed') throw failure(response, problem);
  const faults = problem.errors.map(({ path, message }) => `${path} ${message}`);
  return faults.length > 0 ? faults.join('; ') : (problem.detail ?? problem.code);
}

function failure({ status }: Response, { detail }: ReceivedProblem): Error {
  return new Error(`the books service answered ${status}${detail === null ? '' : `: ${detail}`}`);
}
