import type { Settings } from './config.ts';

/** The settings as a Markdown table, for the generated documents. */
export function settingsTable(settings: Settings): string {
  const rows = Object.values(settings).map(({ env, describe, values, fallback, optional, secret }) => [
    `\`${env}\``,
    describe,
    values,
    defaultOf(fallback, optional),
    secret ? `yes, also \`${env}_FILE\`` : '',
  ]);
  const lines = [['variable', 'meaning', 'values', 'default', 'secret'], ['---', '---', '---', '---', '---'], ...rows];
  return lines
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`.replace(/\| {2}(?=\|)/g, '| '))
    .join('\n');
}

function defaultOf(fallback: string | null, optional: boolean): string {
  if (fallback !== null && fallback !== '') return `\`${fallback}\``;
  return fallback === '' || optional ? 'none' : 'required';
}
