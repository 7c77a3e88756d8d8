import { posix } from 'node:path';
import { judgeNeighbours, judgeSubjects, partNamed, partOf } from './layers.ts';
import type { SourceFiles } from './source-files.ts';

interface Import {
  readonly path: string;
  readonly specifier: string;
  /** `import type`, of which nothing is left when the program runs. */
  readonly isType: boolean;
}

/** A rule returns the reason why an import is not allowed, or `null`. */
type Rule = (found: Import) => string | null;

const IMPORT = /(?:^|\n)\s*(?:import|export)\s+(type\s)?[^;'"]*?from\s+'([^']+)'|\bimport\s*\(\s*'([^']+)'|(?:^|\n)import\s+'([^']+)'/g;
const FASTIFY = /^(fastify|@fastify\/.*|fastify-plugin)$/;
const DATABASES = /^(drizzle-orm|postgres|ioredis|@electric-sql\/pglite)(\/|$)/;
const INPUT_OUTPUT = /^node:(fs|net|http|https|http2|tls|dns|dgram|child_process|worker_threads)(\/|$)/;
const LEAVES = ['packages/tokens', 'packages/problems'];
/** What the domain may compute with: of node:net it uses isIP, of node:module what reads a list in JSON. */
const PURE = [
  ...['@countersign/tokens', '@countersign/tokens/signing', '@countersign/problems', '@zxcvbn-ts/language-common'],
  ...['node:crypto', 'node:module', 'node:net', 'node:timers/promises', 'node:util', 'node:zlib'],
];

const isTest = (path: string) => /(^|\/)test\//.test(path);

const RULES: readonly Rule[] = [
  function layers({ path, specifier }) {
    const [from, to] = [partOf(path), partNamed(specifier)];
    return from === null || to === null ? null : judgeNeighbours(from, to, isTest(path));
  },
  function ownFolder({ path, specifier }) {
    if (!specifier.startsWith('.')) return null;
    const target = partOf(posix.join(posix.dirname(path), specifier));
    return target === partOf(path) ? null : 'a relative import stays within its package; another package is imported by its name';
  },
  function signing({ path, specifier }) {
    if (specifier !== '@countersign/tokens/signing') return null;
    const mayDo = ['services/auth', 'packages/testing', 'bench'].includes(partOf(path) ?? '');
    return mayDo ? null : 'only services/auth signs; tests get their tokens from testIssuer() of packages/testing';
  },
  function verifierParts({ path, specifier }) {
    if (specifier !== '@countersign/verifier/parts') return null;
    const mayDo = ['services/auth', 'bench'].includes(partOf(path) ?? '');
    return mayDo ? null : 'a service registers the plugin of @countersign/verifier; its parts are for auth, which judges other tokens, too';
  },
  function verifierTesting({ path, specifier }) {
    return specifier !== '@countersign/verifier/testing' || isTest(path) ? null : 'only tests accept tokens that anyone can make';
  },
  function leaves({ path, specifier }) {
    if (!LEAVES.includes(partOf(path) ?? '') || isTest(path)) return null;
    const heavy = FASTIFY.test(specifier) || DATABASES.test(specifier) || INPUT_OUTPUT.test(specifier);
    return heavy ? 'a leaf runs anywhere: no Fastify, no I/O' : null;
  },
  function domain({ path, specifier, isType }) {
    if (folderOf(path) !== 'domain') return null;
    if (FASTIFY.test(specifier) || DATABASES.test(specifier))
      return 'the domain sees no request, reply, SQL or Redis command: declare a port, a store implements it';
    if (specifier.startsWith('.')) {
      const isOwn = folderOf(posix.join(posix.dirname(path), specifier)) === 'domain';
      return isOwn ? null : 'domain is imported by the folders around it, and imports none of them';
    }
    return isType || PURE.includes(specifier)
      ? null
      : `the domain computes with nothing but its own files and ${PURE.join(', ')}, so that a rule needs no server to be tested; of other packages it may know types`;
  },
  function subjects({ path, specifier }) {
    if (folderOf(path) !== 'domain' || !specifier.startsWith('.')) return null;
    return judgeSubjects(subjectOf(path), subjectOf(posix.join(posix.dirname(path), specifier)));
  },
  function technologies({ path, specifier }) {
    const folder = folderOf(path);
    if (folder === 'stores' && FASTIFY.test(specifier))
      return 'a store knows no HTTP: what a plugin asks for is made of a port by the routes';
    if (folder === 'routes' && DATABASES.test(specifier)) return 'a route knows no SQL and no Redis command: a store does';
    return null;
  },
  function routesAndStores({ path, specifier }) {
    if (!/^services\/[^/]+\/src\/(?!app\.ts$)/.test(path) || !specifier.startsWith('.')) return null;
    const [from, to] = [folderOf(path), folderOf(posix.join(posix.dirname(path), specifier))];
    const isAllowed = from === 'routes' ? to !== 'stores' : to !== 'routes';
    return isAllowed ? null : 'only app.ts knows both routes and stores: no other file imports routes, and routes import no store';
  },
];

/** `domain` for any file in `services/auth/src/domain`; `null` outside the folders of a service's sources. */
function folderOf(path: string): string | null {
  return /^services\/[^/]+\/src\/([^/]+)\//.exec(path)?.[1] ?? null;
}

/** `sessions` for any file in `services/auth/src/domain/sessions`. */
function subjectOf(path: string): string | null {
  return /^services\/[^/]+\/src\/domain\/([^/]+)\//.exec(path)?.[1] ?? null;
}

/** Files outside tests that may read the environment: entry points of processes, and what only tests and developers run. */
const READS_ENVIRONMENT = /(^|\/)src\/(main|migrate|make-demo)\.ts$|^(packages\/testing|scripts|bench)\/|\.config\.ts$/;
const VAGUE_FOLDER = /(^|\/)(utils?|helpers?|common|lib|types)\//;

/** Checks the layers of ARCHITECTURE.md. Every fault comes with the reason for the rule. */
export function checkImports(files: SourceFiles): string[] {
  return [...files].flatMap(([path, text]) => [...checkPath(path), ...(path.endsWith('.ts') ? checkSource(path, text) : [])]);
}

function checkPath(path: string): string[] {
  const [, , folder] = VAGUE_FOLDER.exec(path) ?? [];
  return folder === undefined ? [] : [`${path}: a folder named "${folder}" says nothing about its contents`];
}

function checkSource(path: string, text: string): string[] {
  const imports = [...text.matchAll(IMPORT)].map(([, type, from, dynamic, bare]) => ({
    path,
    specifier: from ?? dynamic ?? bare ?? '',
    isType: type !== undefined,
  }));
  const faults = imports.flatMap((found) =>
    RULES.map((rule) => rule(found)).flatMap((reason) => (reason === null ? [] : [`${path} imports ${found.specifier}: ${reason}`])),
  );
  if (/\bprocess\.env\b/.test(text) && !isTest(path) && !READS_ENVIRONMENT.test(path)) {
    faults.push(`${path} reads process.env: only main.ts and migrate.ts do, and pass on a checked config`);
  }
  return faults;
}
