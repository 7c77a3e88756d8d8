import t from 'tap';
import { nextPage } from '../src/next-page.ts';

t.test('the next page is the target of the link that says so, and there is none where none does', (t) => {
  t.equal(nextPage('</books?limit=2&after=x>; rel="next"'), '/books?limit=2&after=x');
  t.equal(nextPage('</books>; rel=next'), '/books');
  t.equal(nextPage('</first>; rel="prev", </third>; title="3"; rel="next"'), '/third');
  for (const link of [null, '', '</first>; rel="prev"', '</books>', 'rel="next"']) t.equal(nextPage(link), null, String(link));
  t.end();
});
