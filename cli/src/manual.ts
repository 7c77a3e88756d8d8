import { settingsTable } from '@countersign/service/process';
import { COMMANDS } from './commands/commands.ts';
import { settings } from './config.ts';
import { describeOptions, usageOf } from './help.ts';

/** Every command as Markdown, for the document that is generated. */
export function commandManual(): string {
  return COMMANDS.map((command) =>
    `### ${command.name}

\`countersign ${usageOf(command)}\`

${[command.summary, command.details].filter((text) => text !== undefined).join('\n\n')}

${describeOptions(command)
  .filter(([option]) => option !== '--help' && option !== '--json')
  .map(([option, describe]) => `- \`${option}\`: ${describe}`)
  .join('\n')}`.trim(),
  ).join('\n\n');
}

export function settingsManual(): string {
  return settingsTable(settings).trim();
}
