/** The target of the link whose relation is `next` (RFC 8288), as `Link` of a page names the one after it; `null` on the last page. */
export function nextPage(link: string | null): string | null {
  return /<([^>]*)>[^,]*;\s*rel="?next"?/.exec(link ?? '')?.[1] ?? null;
}
