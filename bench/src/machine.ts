import { cpus } from 'node:os';

/** What a figure depends on: the line that stands above every table. */
export function describeMachine(): string {
  const processors = cpus();
  return `${processors.length} × ${processors[0]?.model.trim() ?? 'unknown'}, Node ${process.versions.node}, ${process.platform}/${process.arch}`;
}
