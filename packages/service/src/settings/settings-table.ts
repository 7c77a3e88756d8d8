import type { Setting, Settings } from './config.ts';

export function settingsTable(settings: Settings): string {
  const rows = Object.values(settings).map((setting) => [
    `\`${setting.env}\``,
    setting.describe,
    setting.values,
    defaultOf(setting),
    setting.secret ? `yes, also \`${setting.env}_FILE\`` : '',
  ]);
  const lines = [['variable', 'meaning', 'values', 'default', 'secret'], ['---', '---', '---', '---', '---'], ...rows];
  return lines
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`.replace(/\| {2}(?=\|)/g, '| '))
    .join('\n');
}

function defaultOf({ fallback, optional, requiredWith }: Setting<unknown>): string {
  if (fallback !== null && fallback !== '') return `\`${fallback}\``;
  if (requiredWith !== null) return `none; required with \`${requiredWith}\``;
  return fallback === '' || optional ? 'none' : 'required';
}
