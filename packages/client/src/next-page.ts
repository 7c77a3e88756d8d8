/** The URL of the next page, from a page's `Link` header (RFC 8288, relation `next`); `null` on the last page. */
export function nextPage(link: string | null): string | null {
  return /<([^>]*)>[^,]*;\s*rel="?next"?/.exec(link ?? '')?.[1] ?? null;
}
