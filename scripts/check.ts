// `npm run check` shows all faults of all parts at once; `npm run fix` first fixes what it can.
import { spawn } from 'node:child_process';
import { checkAdvisories } from './checks/advisories.ts';
import { checkAssertions } from './checks/assertions.ts';
import { checkCompose } from './checks/compose.ts';
import { checkImports } from './checks/imports.ts';
import { checkLockfile } from './checks/lockfile.ts';
import { checkManifests } from './checks/manifests.ts';
import { checkRegistries } from './checks/registries.ts';
import { readSourceFiles } from './checks/source-files.ts';

interface Part {
  readonly name: string;
  /** One or more lines each; empty when there are none. */
  readonly check: () => Promise<string[]>;
}

if (process.argv.includes('--fix')) {
  await run('biome', ['check', '--write', '.']);
  await run('oxlint', ['--type-aware', '--fix', '.']);
  const { writeDocuments } = await import('./docs.ts');
  writeDocuments();
}

const files = readSourceFiles();
const parts: readonly Part[] = [
  // A full build, since the output of an earlier run can hide a fault in the emitted types.
  { name: 'types', check: () => run('tsc', ['-b', '--force']) },
  { name: 'lint', check: () => run('oxlint', ['--type-aware', '--deny-warnings', '--format=unix', '.']) },
  { name: 'format', check: () => run('biome', ['check', '--error-on-warnings', '--max-diagnostics=50', '.']) },
  { name: 'imports', check: async () => checkImports(files) },
  { name: 'manifests', check: async () => checkManifests(files) },
  { name: 'lockfile', check: async () => checkLockfile(files) },
  { name: 'advisories', check: async () => checkAdvisories(files.get('pnpm-lock.yaml') ?? '') },
  { name: 'assertions', check: async () => checkAssertions(files) },
  { name: 'registries', check: async () => checkRegistries(files) },
  // Imported late: a service that can't be loaded is a fault of these parts, and doesn't stop the others.
  { name: 'compose', check: async () => checkCompose(files, (await import('@countersign/local/services')).SETTINGS) },
  { name: 'docs', check: async () => (await import('./docs.ts')).checkDocuments() },
];

const results = await Promise.all(
  parts.map(async ({ name, check }) => ({ name, faults: await check().catch((error: Error) => [error.stack ?? error.message]) })),
);
for (const { name, faults } of results) {
  console.log(`${faults.length === 0 ? 'ok    ' : 'FAULTS'} ${name}`);
  for (const fault of faults) console.log(fault.replace(/^/gm, '       '));
}
const failed = results.filter(({ faults }) => faults.length > 0).map(({ name }) => name);
console.log(failed.length === 0 ? 'All checks pass.' : `Faults in: ${failed.join(', ')}.`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** All output of a tool that fails is one fault. */
function run(program: string, args: readonly string[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    child.stdout.on('data', (text: Buffer) => output.push(text));
    child.stderr.on('data', (text: Buffer) => output.push(text));
    child.once('error', reject);
    child.once('close', (code) => resolve(code === 0 ? [] : [Buffer.concat(output).toString().trim() || `${program} ended with ${code}`]));
  });
}
