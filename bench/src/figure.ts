import type { Bar } from './chart.ts';

export interface Row {
  readonly figure: string;
  readonly value: string;
  /** The project's goal; empty for a value that is only reported. */
  readonly goal: string;
  readonly reached: boolean | null;
}

export interface BenchContext {
  readonly postgresUrl: string;
  /** 1 for published figures; less makes everything shorter, for a quick look while working. */
  readonly effort: number;
  progress(message: string): void;
  /** Registers what to undo at the end, in reverse order. */
  teardown(undo: () => Promise<void> | void): void;
}

export interface Figure {
  readonly name: string;
  readonly title: string;
  run(context: BenchContext): Promise<{ rows: Row[]; detail?: string; bars?: Bar[] }>;
}

export function atLeast(figure: string, value: number, goal: number, unit = ''): Row {
  return { figure, value: format(value) + unit, goal: `≥ ${goal}${unit}`, reached: value >= goal };
}

export function atMost(figure: string, value: number, goal: number, unit = ''): Row {
  return { figure, value: format(value) + unit, goal: `≤ ${goal}${unit}`, reached: value <= goal };
}

export function told(figure: string, value: number, unit = ''): Row {
  return { figure, value: format(value) + unit, goal: '', reached: null };
}

export function format(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
