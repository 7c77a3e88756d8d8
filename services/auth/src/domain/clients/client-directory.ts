import type { Database } from '@countersign/service';
import type { Client } from './client.ts';

export interface DirectoryClient extends Omit<Client, 'tokensNotBefore'> {
  readonly createdAt: Date;
}

export type ClientFields = Pick<Client, 'name' | 'authMethod' | 'scopes' | 'audiences' | 'jwks'>;

export interface ClientDirectory {
  /** The newest first. @param after - the place before the page; `null`: the first page */
  findPage(db: Database, after: string | null, limit: number): Promise<(DirectoryClient & { readonly place: string })[]>;
  find(db: Database, id: string): Promise<DirectoryClient | null>;
  /** Locks the client until the transaction ends. */
  lock(tx: Database, id: string): Promise<DirectoryClient | null>;
  change(tx: Database, id: string, fields: ClientFields): Promise<void>;
  forgetSecrets(tx: Database, id: string): Promise<void>;
}
