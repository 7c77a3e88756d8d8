import t from 'tap';
import { commonPasswordCount } from '../../src/domain/common-passwords.ts';
import { findPasswordFault } from '../../src/domain/password-rules.ts';

const fault = (password: string, username = 'ada.lovelace') => findPasswordFault(password, username);

t.test('8 to 128 code points of any kind, none of them asked for', async (t) => {
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

t.test('the commonest are refused in any case, at least the 3000 commonest that fit the policy', async (t) => {
  for (const common of ['password', 'PASSWORD', '12345678', 'qwertyuiop', 'baseball', 'trustno1', 'iloveyou', 'password1'])
    t.match(fault(common), /common/, common);
  t.ok(commonPasswordCount(8) >= 3000, `${commonPasswordCount(8)} of at least 8 characters`);
});

t.test('neither the username nor the name of this service', async (t) => {
  t.match(fault('Ada.Lovelace'), /username/);
  for (const word of ['countersign', 'Countersign1', 'COUNTERSIGN!2026']) t.match(fault(word), /name of this service/, word);
  t.equal(fault('countersign is not all of it'), null);
});
