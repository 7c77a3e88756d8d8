import t from 'tap';
import { foldCase } from '../../src/domain/fold-case.ts';

t.test('texts that differ in case alone are folded to one', (t) => {
  for (const [one, other] of [
    ['Émile', 'ÉMILE'],
    ['straße', 'STRASSE'],
    ['Ὀδυσσεύς', 'ὈΔΥΣΣΕΎΣ'],
    ['лев', 'ЛЕВ'],
  ] as const)
    t.equal(foldCase(one), foldCase(other));
  t.end();
});

t.test('a letter and its accent are the same in one code point and in two', (t) => {
  t.equal(foldCase('e\u0301'), foldCase('é'));
  t.not(foldCase('e'), foldCase('é'));
  t.end();
});
