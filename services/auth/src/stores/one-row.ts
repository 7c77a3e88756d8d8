import { sql } from 'drizzle-orm';

/** To select what is in no table, such as the database's clock. The drivers agree on the rows of a SELECT, not on those of `execute`. */
export const ONE_ROW = sql`(select 1) as one_row`;
