import t from 'tap';
import { COMMANDS } from '../src/commands/commands.ts';
import { commandManual } from '../src/manual.ts';
import { run } from './stack.ts';

/** No stack runs here: faults are reported before the sign-in. */
const cli = (args: string) => run(args.split(' '), { env: { DATA_DIR: '/nowhere' } });

t.test('a wrong command line is refused with the name of what is wrong, and exit code 2', async (t) => {
  const cases: [string, RegExp][] = [
    ['', /The command is missing/],
    ['people list', /no command "people"/],
    ['users', /users needs a second word, one of: list, show, create/],
    ['user list', /no command "user"/],
    ['users shows', /no command "users shows"; users has: list, show/],
    ['users list --limt 3', /Unknown option '--limt'.*--limit/],
    ['users list --limit', /--limit/],
    ['users list --limit 0', /--limit must be a whole number/],
    ['users list --limit 1000000000', /--limit must be a whole number/],
    ['users list --limit 1 --limit 2', /--limit is given twice/],
    ['users list --json=no', /--json/],
    ['users list all', /unexpected argument "all"/],
    ['users show', /USER is missing/],
    ['users show ', /argument is empty/],
    ['--json users list', /options come after the command/i],
    ['help people', /no command "people"/],
    ['users set-roles demo', /name the roles, or use --none/],
    ['users set-roles demo member --none', /both roles and --none/],
    ['roles set clerk', /name the scopes, or use --none/],
    ['roles set clerk a:read --none', /both scopes and --none/],
    ['roles set ../users a:read', /isn't an id/],
    ['users create demo --password secret', /Unknown option '--password'/],
    ['clients update', /CLIENT_ID is missing/],
    ['clients update c-x', /give at least one change/],
    ['clients delete ../users --yes', /isn't an id/],
    ['keys kill .. --yes', /isn't an id/],
    ['audit list --since 1h --until 2h', /--until must be later than --since/],
    ['audit list --since 2026-01-01 --until 2026-01-01', /--until must be later than --since/],
    ['audit list --follow --until 2026-01-01', /--follow and --until exclude each other/],
  ];
  for (const [args, words] of cases) t.match(await cli(args), { code: 2, stdout: /^$/, stderr: words }, args);
});

t.test('a wrong command line is told without anything in it that a terminal obeys', async (t) => {
  for (const [args, words] of [
    [['-\u001b[2J'], 'not before it: -\\u001b[2J.'],
    [['\u202eusers'], 'There is no command "\\u202eusers".'],
    [['users', 'list', '\u009b'], 'unexpected argument "\\u009b".'],
  ] as const) {
    const { code, stderr } = await run(args, {});
    t.equal(code, 2);
    t.match(stderr, words);
    t.notMatch(stderr, /[^\x20-\x7e\n]/);
  }
});

t.test('every command has help, and a place in the manual', async (t) => {
  t.match(await cli('--help'), { code: 0, stderr: /^$/ });
  t.strictSame(await cli('help'), await cli('--help'));
  t.strictSame(await cli('help users list'), await cli('users list --help'));
  for (const about of ['', 'users ', 'users list ']) t.strictSame(await cli(`${about}-h`), await cli(`${about}--help`));
  t.match(await cli('users --help'), { code: 0, stdout: /users import FILE/ });
  t.notMatch((await cli('users --help')).stdout, 'roles list');
  t.match(await cli('users set-roles --help'), { stdout: /^countersign users set-roles USER ROLE… \[options\]\n/ });
  for (const { name, summary, details = '', asks = false } of COMMANDS) {
    const { code, stdout } = await cli(`${name} --help`);
    t.equal(code, 0);
    for (const part of [summary, details, '--json']) t.ok(stdout.includes(part), name);
    t.equal(stdout.includes('--yes'), asks, name);
    t.ok((await cli('--help')).stdout.includes(name));
    t.ok(commandManual().includes(`### ${name}\n`));
  }
});
