import { type SQL, sql } from 'drizzle-orm';

/**
 * Keeps `table.column` in a selected or returned expression. In a query on one table drizzle shortens the columns that stand directly in
 * such an expression, and in a subquery the short name means another table's column.
 */
export function wholeNames<Value>(expression: SQL<Value>): SQL<Value> {
  return sql<Value>`(${expression})`;
}
