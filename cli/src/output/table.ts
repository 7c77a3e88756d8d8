import { printable, printableJson } from './printable.ts';

export type Row = Readonly<Record<string, unknown>>;

/** Lays out page after page under one heading. A column that must be wider on a later page grows from there on. */
export function createTable(columns: readonly string[]): {
  readonly heading: () => string;
  readonly lines: (rows: readonly Row[]) => string[];
} {
  const widths = columns.map((column) => column.length);
  const layOut = (cells: readonly string[]) =>
    cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  return {
    heading: () => layOut(columns.map((column) => column.toUpperCase())),
    lines(rows) {
      const cells = rows.map((row) => columns.map((column) => formatCell(row[column])));
      for (const line of cells) for (const [index, cell] of line.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
      return cells.map(layOut);
    },
  };
}

export function layOutFields(item: Row): string[] {
  const width = Math.max(...Object.keys(item).map((name) => name.length));
  return Object.entries(item).map(([name, value]) => `${name.padEnd(width)}  ${formatCell(value)}`);
}

function formatCell(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(formatCell).join(' ');
  if (typeof value === 'object')
    return (
      Object.entries(value)
        .map(([name, inner]) => `${printable(name)}=${inList(inner)}`)
        .join(' ') || '-'
    );
  return printable(typeof value === 'string' ? formatTime(value) : JSON.stringify(value));
}

function inList(value: unknown): string {
  return Array.isArray(value) ? value.map(formatCell).join(',') : typeof value === 'object' ? printableJson(value) : formatCell(value);
}

/** `2026-11-21T10:00:00.123Z` for people: to the second, still UTC. */
function formatTime(text: string): string {
  return text.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/, '$1 $2Z');
}
