import t from 'tap';
import { foldCase } from '../../src/domain/fold-case.ts';

t.test('texts that differ in case alone are folded to one', (t) => {
  for (const [one, other] of [
    ['Émile', 'ÉMILE'],
    ['straße', 'STRASSE'],
    ['Ὀδυσσεύς', 'ὈΔΥΣΣΕΎΣ'],
    ['лев', 'ЛЕВ'],
    ['große', 'GROẞE'],
    ['πρωτεΐνη', 'ΠΡΩΤΕΪ́ΝΗ'],
  ] as const)
    t.equal(foldCase(one), foldCase(other));
  t.end();
});

t.test('a letter and its accent are the same in one code point and in two', (t) => {
  t.equal(foldCase('e\u0301'), foldCase('é'));
  t.equal(foldCase('α\u0345\u0301'), foldCase('ᾴ'), 'in any order of several');
  t.not(foldCase('e'), foldCase('é'));
  t.end();
});

t.test('every character is folded to the same as its upper case, its lower case, its parts, and what it is folded to', (t) => {
  const characters = Array.from({ length: 0x11_0000 }, (_, code) => String.fromCodePoint(code));
  const spellings = (text: string) => [text.toUpperCase(), text.toLowerCase(), text.normalize('NFD'), foldCase(text)];
  t.strictSame(
    characters.filter((character) => spellings(character).some((spelling) => foldCase(spelling) !== foldCase(character))),
    [],
  );
  t.end();
});
