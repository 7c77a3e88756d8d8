import { Type } from 'typebox';
import type { SessionSummary } from '../domain/sessions/session.ts';
import { SessionId } from './fields.schema.ts';

export const SessionAnswer = Type.Object(
  {
    id: SessionId,
    created_at: Type.String({ format: 'date-time' }),
    last_used_at: Type.String({ format: 'date-time', description: 'The time of the last refresh, or of the sign-in.' }),
    user_agent: Type.Union([Type.String(), Type.Null()], {
      description: 'The `User-Agent` header of the sign-in; `null` if it had none.',
      examples: ['Mozilla/5.0 (X11; Linux x86_64)'],
    }),
    ip: Type.Union([Type.String(), Type.Null()], { description: 'The address that the sign-in came from.', examples: ['203.0.113.7'] }),
    current: Type.Boolean({ description: 'Whether this session sent the request.' }),
  },
  { title: 'Session', additionalProperties: false },
);

/** @param currentId - the session that asks */
export function formatSession({ id, createdAt, lastUsedAt, userAgent, ip }: SessionSummary, currentId: string | undefined) {
  return {
    id,
    created_at: createdAt.toISOString(),
    last_used_at: lastUsedAt.toISOString(),
    user_agent: userAgent,
    ip,
    current: id === currentId,
  };
}
