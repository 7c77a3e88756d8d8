import { type Answer, jsonRequest } from '../call.ts';
import { kidOf } from '../token-parts.ts';
import type { History } from './history.ts';
import type { Server } from './history-stack.ts';
import { type AccessToken, endedAtMs, isGood, Life } from './life.ts';

/** A session as its holder knows it. */
export interface Session {
  readonly who: string;
  readonly id: string;
  /** Its own, and that of all its user's sessions. */
  readonly lives: readonly [own: Life, users: Life];
  /** By generation, as far as answers told. */
  readonly refreshTokens: string[];
  readonly accessTokens: AccessToken[];
  /** Whether the newest one was presented without an answer that told what became of it: then the one before it may be two behind. */
  isNewestTried: boolean;
  /** Whether an older refresh token has ended it. */
  isStolen: boolean;
}

export function newestOf({ refreshTokens }: Session): number {
  return refreshTokens.length - 1;
}

export function isOver({ lives }: Session): boolean {
  return !isGood(lives);
}

/** Presents the refresh token of a generation, and judges the answer by what is known of the session. */
export async function refresh(
  history: History,
  session: Session,
  generation: number,
  server: Server,
  hangUpAfterMs?: number,
): Promise<Answer> {
  const { record, send } = history;
  const { who, lives } = session;
  const sentAtMs = performance.now();
  const isEnded = endedAtMs(lives) < sentAtMs;
  const isOld = generation <= newestOf(session) - 2;
  if (generation === newestOf(session)) session.isNewestTried = true;
  if (isOld) lives[0].mayEnd();
  const what = `refresh of session ${session.id.slice(-4)} by generation ${generation} of ${newestOf(session)}`;
  const init = jsonRequest({ refresh_token: session.refreshTokens[generation] });
  const answer = await send({ who, what, server, path: '/refresh', init, hangUpAfterMs });
  const breach = (property: 'kept' | 'stolen' | 'refused', fault: string) => record.breach(property, who, `${what}: ${fault}`);

  if (answer.status === 200) {
    if (isOld) breach('stolen', 'an older one was accepted');
    else if (isEnded) breach(session.isStolen ? 'stolen' : 'refused', 'the session had ended');
    else keep(answer);
  } else if (answer.status === 401) {
    if (answer.body.code !== 'token_revoked') breach('kept', `401 ${answer.body.code}`);
    else if (isOld) endAsStolen();
    else if (isGood(lives)) breach('kept', 'the session was lost');
  } else if (answer.status !== 0 && answer.status !== 503) breach('kept', String(answer.status));
  return answer;

  function endAsStolen(): void {
    lives[0].end();
    session.isStolen = true;
  }

  function keep({ body }: Answer): void {
    const successor = String(body.refresh_token);
    const known = session.refreshTokens[generation + 1];
    if (known === undefined) session.refreshTokens.push(successor);
    else if (known !== successor) breach('kept', 'another successor than the first time');
    if (newestOf(session) > generation) session.isNewestTried = false;
    session.accessTokens.push(takeAccessToken(history, { who, text: String(body.access_token), lives, requestedAtMs: sentAtMs }));
  }
}

export interface Taken {
  readonly who: string;
  readonly text: string;
  readonly lives: readonly Life[];
  readonly requestedAtMs: number;
}

/** A new access token, which depends on its key as well. */
export function takeAccessToken({ record, keys }: History, { who, text, lives, requestedAtMs }: Taken): AccessToken {
  const kid = kidOf(text);
  const key = keys.get(kid) ?? new Life();
  keys.set(kid, key);
  if (key.endedAtMs < requestedAtMs) record.breach('refused', who, `a token is signed with ${kid}, which had been killed`);
  return { who, text, kid, lives: [...lives, key], refusedBy: new Set() };
}
