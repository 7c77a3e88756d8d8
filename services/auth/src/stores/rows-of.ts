import { type SQL, sql } from 'drizzle-orm';

/**
 * Rows to select from, as one parameter for any number of them: thousands cost more to be written into a statement than to be stored.
 *
 * @param columns - the rows' members, each with its SQL type; one that a row doesn't have is null
 */
export function rowsOf(rows: readonly object[], columns: SQL): SQL {
  return sql`jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as given (${columns})`;
}
