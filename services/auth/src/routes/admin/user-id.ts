import { Problem } from '@countersign/problems';
import { Type } from 'typebox';
import { isId } from '../../domain/identifiers.ts';
import { UserId } from '../fields.schema.ts';

export const UserParams = Type.Object({ id: UserId });

/** @throws Problem `not_found` for text that can't be a user's id */
export function parseUserId(text: string): string {
  if (!isId(text)) throw noSuchUser();
  return text;
}

export function noSuchUser(): Problem {
  return new Problem('not_found', { detail: 'There is no such user.' });
}
