import { settingsTable } from '@countersign/service/process';
import { COMMANDS } from './commands/commands.ts';
import { settings } from './config.ts';
import { describeOptions, usageOf } from './help.ts';

const COMMON = ['--help', '--json'];

/** Markdown for the generated document: the settings and every command. */
export function commandManual(): string {
  const commands = COMMANDS.map((command) => {
    const options = describeOptions(command).filter(([option]) => !COMMON.includes(option));
    const list = options.map(([option, describe]) => `- \`${option}\`: ${describe}`).join('\n');
    const parts = [`### ${command.name}`, `\`countersign ${usageOf(command)}\``, command.summary, command.details ?? '', list];
    return parts.filter((part) => part !== '').join('\n\n');
  });
  return `## Settings\n\n${settingsTable(settings)}\n\n## Commands\n\n${commands.join('\n\n')}\n`;
}
