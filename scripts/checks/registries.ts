import type { SourceFiles } from './source-files.ts';

/** A tracked file with a registry's address sends everyone there, whatever registry they use; a lockfile with one fails elsewhere. */
export function checkRegistries(files: SourceFiles): string[] {
  return [...files].flatMap(([path, text]) => {
    const [host] =
      /\b(?:registry|npm|artifactory|nexus)\.[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:org|com|net|io|dev|internal|local)\b/.exec(text) ?? [];
    return host === undefined ? [] : [`${path} names the registry ${host}: the registry is the machine's choice`];
  });
}
