import { nextPage, type ServiceClient } from '@countersign/client';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Library } from '../domain/import-books.ts';

const Page = Type.Array(Type.Object({ title: Type.String() }));

/** The books service's API as a library. */
export function createLibrary(client: ServiceClient, signal: AbortSignal): Library {
  return {
    async titlesBy(author) {
      const titles = new Set<string>();
      let path: string | null = `/books?${new URLSearchParams({ author, limit: '100' })}`;
      while (path !== null) {
        const response: Response = await client.fetch(path, { signal });
        const page: unknown = await expect(response, 200).json();
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
      await expect(response, 201).body?.cancel();
    },
  };
}

function expect(response: Response, status: number): Response {
  if (response.status !== status) throw new Error(`the books service answered ${response.status}`);
  return response;
}
