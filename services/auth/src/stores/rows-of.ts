import { type SQL, sql } from 'drizzle-orm';

/**
 * Rows to select from, as one parameter: writing thousands into a statement costs more than storing them.
 *
 * @param columns - the rows' members, each with its SQL type; one that a row doesn't have is null
 */
export function rowsOf(rows: readonly object[], columns: SQL): SQL {
  return sql`jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as given (${columns})`;
}
