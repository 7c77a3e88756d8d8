import t from 'tap';
import { findPresentedToken } from '../../src/request/presented-token.ts';

t.test(
  'a request that a test makes up without raw headers, as injectWS of @fastify/websocket does, presents the token of its headers',
  async (t) => {
    t.strictSame(findPresentedToken({ headers: { authorization: 'Bearer x' } }), { from: 'header', text: 'Bearer x' });
  },
);
