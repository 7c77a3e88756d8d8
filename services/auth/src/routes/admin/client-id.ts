import { Problem } from '@countersign/problems';
import { Type } from 'typebox';
import { isClientId } from '../../domain/clients/client.ts';
import { ClientId } from '../fields.schema.ts';

export const ClientParams = Type.Object({ id: ClientId });

/** @throws Problem `not_found` for text that can't be a client's id */
export function parseClientId(text: string): string {
  if (!isClientId(text)) throw noSuchClient();
  return text;
}

export function noSuchClient(): Problem {
  return new Problem('not_found', { detail: 'There is no such client.' });
}
