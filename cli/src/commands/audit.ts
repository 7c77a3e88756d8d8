import { setTimeout as sleep } from 'node:timers/promises';
import { Type } from 'typebox';
import type { Api } from '../api.ts';
import { type Command, command } from '../command.ts';
import { Unavailable, UsageError } from '../failures.ts';
import { parseLimit } from '../input/limit.ts';
import { parseMoment } from '../input/moment.ts';
import { findUser } from './find-user.ts';

const TextOrNull = Type.Union([Type.String(), Type.Null()]);
const AuditRecord = Type.Object({
  id: Type.Integer(),
  at: Type.String(),
  event: Type.String(),
  actor: TextOrNull,
  actor_name: TextOrNull,
  subject: TextOrNull,
  subject_name: TextOrNull,
});
type AuditRecord = Type.Static<typeof AuditRecord>;

const COLUMNS = ['at', 'event', 'actor', 'subject', 'ip', 'details'];
const SHOWN = 100;
const LOOK_EVERY_MS = 2000;
/** Records of a slow transaction appear after newer ones; no transaction takes longer than this. */
const LATE_MS = 30_000;

export const AUDIT: readonly Command[] = [
  command({
    name: 'audit list',
    summary: 'Who did what to whom, from where and when; newest first.',
    details: `Times are dates (2026-11-21), dates with a time (2026-11-21T10:00:00Z, UTC when no zone is named) or how long ago (30m, 2h, 7d).
Users and clients are shown by the name that they have now, or by their id where they are gone; --json has both.
With --follow the newest come last, and more as they happen, until Ctrl-C. While auth fails or can't be reached, it waits.`,
    options: {
      event: { value: 'EVENT', describe: 'Only events with this name, e.g. login_failed; docs/security/logging.md has them all.' },
      actor: { value: 'WHO', describe: 'Only what this user (id or username) or client (id) did.' },
      since: { value: 'TIME', describe: 'From this time on.' },
      until: { value: 'TIME', describe: 'Before this time.' },
      limit: { value: 'N', describe: `At most N records; ${SHOWN} when left out.` },
      follow: { describe: 'Continues with new records as they appear.' },
    },
    async run({ options: { event, actor, since, until, limit, follow } }, { api, output, io }) {
      const most = parseLimit(limit, SHOWN);
      const filter = {
        ...(event === undefined ? {} : { event }),
        ...parseInterval(since, until, Date.now()),
        ...(actor === undefined ? {} : { actor: (await findUser(api, actor))?.id ?? actor }),
      };
      const show = (pages: AsyncIterable<AuditRecord[]>) => output.rows(COLUMNS, output.json ? pages : byName(pages));
      if (follow === true) {
        if (until !== undefined) throw new UsageError('audit list: --follow and --until exclude each other: use one of them.');
        await show(followRecords(api, filter, most, io.signal, output.note));
        return;
      }
      const count = await show(api.list(urlOf(filter), AuditRecord, most));
      if (event !== undefined && count === 0) output.note('docs/security/logging.md has the names of all events.');
      if (limit === undefined && count === SHOWN) output.note(`These are the newest ${SHOWN}; --limit N shows more.`);
    },
  }),
];

function parseInterval(since: string | undefined, until: string | undefined, nowMs: number): { since?: string; until?: string } {
  const interval = {
    ...(since === undefined ? {} : { since: parseMoment('--since', since, nowMs) }),
    ...(until === undefined ? {} : { until: parseMoment('--until', until, nowMs) }),
  };
  if (interval.since !== undefined && interval.until !== undefined && interval.until <= interval.since)
    throw new UsageError('audit list: --until must be later than --since.');
  return interval;
}

async function* byName(pages: AsyncIterable<AuditRecord[]>): AsyncGenerator<AuditRecord[]> {
  for await (const page of pages)
    yield page.map((record) => ({
      ...record,
      actor: record.actor_name ?? record.actor,
      subject: record.subject_name ?? record.subject,
    }));
}

type Filter = Readonly<Record<string, string>>;

function urlOf(filter: Filter): string {
  return `/admin/audit?${new URLSearchParams(filter)}`;
}

/** The newest `first` records, then new ones as they appear, each once, newest last. Never ends; tells when it has to wait for auth. */
async function* followRecords(
  api: Api,
  filter: Filter,
  first: number,
  signal: AbortSignal,
  tell: (sentence: string) => void,
): AsyncGenerator<AuditRecord[]> {
  let shown = await readRecords(api, filter, first);
  yield shown;
  const oldest = shown.length < first ? 0 : (shown[0]?.id ?? 0);
  let isAway = false;
  for (;;) {
    await sleep(LOOK_EVERY_MS, undefined, { signal });
    const newest = shown.at(-1)?.at;
    const late = newest === undefined ? '' : new Date(Date.parse(newest) - LATE_MS).toISOString();
    const since = [late, filter.since ?? ''].toSorted().at(-1);
    const found = await readRecords(api, { ...filter, ...(since ? { since } : {}) }, Number.POSITIVE_INFINITY).catch((error: Error) => {
      if (signal.aborted || !(error instanceof Unavailable)) throw error;
      if (!isAway) tell(`${error.message} --follow goes on when auth answers again.`);
      return null;
    });
    isAway = found === null;
    if (found === null) continue;
    const known = new Set(shown.map(({ id }) => id));
    const fresh = found.filter(({ id }) => id > oldest && !known.has(id));
    if (fresh.length > 0) yield fresh;
    shown = found.length > 0 ? found : shown;
  }
}

/** Oldest first. */
async function readRecords(api: Api, filter: Filter, limit: number): Promise<AuditRecord[]> {
  const records: AuditRecord[] = [];
  for await (const page of api.list(urlOf(filter), AuditRecord, limit)) records.push(...page);
  return records.toReversed();
}
