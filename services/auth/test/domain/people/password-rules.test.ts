import { dictionary } from '@zxcvbn-ts/language-common';
import t from 'tap';
import { createPasswordRules } from '../../../src/domain/people/password-rules.ts';

const { findFault } = createPasswordRules(['Müller & Söhne', 'acme', 'Acme Rockets']);
const fault = (password: string, username = 'ada.lovelace') => findFault(password, username);

t.test('ASVS 6.2.1, 6.2.5, 6.2.9: 8 to 128 code points of any kind, none of them asked for', async (t) => {
  for (const good of [
    'xk7qzvwp',
    ' leading and trailing ',
    '🐎🐎🐎🐎🐎🐎🐎🐎',
    'ÄÖÜäöüßé',
    '\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007',
    `${'z'.repeat(127)}y`,
    `${'🐎'.repeat(127)}!`,
  ]) {
    t.equal(fault(good), null, JSON.stringify(good));
  }
  t.match(fault('xk7qzvw'), /at least 8/);
  t.match(fault('🐎🐎🐎🐎🐎🐎🐎'), /at least 8/, 'a code point counts once');
  t.match(fault('z'.repeat(129)), /at most 128/);
});

t.test('ASVS 6.2.4, 6.2.12: the commonest are refused in any case, at least the 3000 commonest that fit the policy', async (t) => {
  for (const common of ['password', 'PASSWORD', '12345678', 'qwertyuiop', 'baseball', 'trustno1', 'iloveyou', 'password1'])
    t.match(fault(common), /common/, common);
  const list = new Set(dictionary['passwords-common'].map((password) => String(password).toLowerCase()));
  const fitting = [...list].filter((password) => [...password].length >= 8);
  t.ok(fitting.length >= 3000, `${fitting.length} of at least 8 characters`);
  t.strictSame(
    fitting.filter((password) => fault(password) === null),
    [],
  );
});

t.test('common passwords that the list leaves out are refused, too: a few characters over and over, and runs', async (t) => {
  for (const common of ['00000000', '88888888', '123123123', '12341234', '12312312', 'aaaaaaaa', 'ASDASDASD', 'adminadmin', 'qpzqpzqpzqpz'])
    t.match(fault(common), /common/, common);
  for (const common of ['87654321', '987654321', '0123456789', '0987654321', 'abcdefgh', 'HGFEDCBA'])
    t.match(fault(common), /common/, common);
  for (const good of ['a'.repeat(13), 'abcdefghijklm', '\u{1f40e}'.repeat(8), '!'.repeat(8), 'abcdeabc', 'abcdefgx'])
    t.equal(fault(good), null, good);
});

t.test('ASVS 6.2.11: neither the username nor a name of this deployment', async (t) => {
  t.match(fault('Ada.Lovelace'), /username/);
  for (const word of ['countersign', 'Countersign1', 'COUNTERSIGN!2026']) t.match(fault(word), /name of this service/, word);
  for (const word of ['AcmeAcme24', '2026-müllersöhne', 'Acme-Countersign', 'acme-rockets'])
    t.match(fault(word), /name of this service/, word);
  t.equal(fault('acme is not all of it'), null);
  t.equal(fault('12345679-!'), null, 'digits alone are no name');
  t.equal(fault('countersign is not all of it'), null);
});
