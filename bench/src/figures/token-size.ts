import { startAuthServer } from '../auth-server.ts';
import { atMost, type Figure, told } from '../figure.ts';
import { logIn, register } from '../people.ts';

/** Flask-JWT-Extended 4.7.1, HS256, with a UUID as identity and two roles: measured on the system that this replaces. */
const FLASK_BYTES = 405;

export const tokenSize: Figure = {
  name: 'token-size',
  title: 'Size of an access token',
  async run(context) {
    // As long as http://localhost:8080, whatever port is free.
    const auth = await startAuthServer(context, { ISSUER: 'http://localhost:8080' });
    await register(auth.url);
    const { access_token: token } = await logIn(auth.url);
    return {
      rows: [
        atMost("a member's token, EdDSA, issuer http://localhost:8080", token.length, 600, ' bytes'),
        told('Flask-JWT-Extended, HS256, a UUID and two roles', FLASK_BYTES, ' bytes'),
      ],
    };
  },
};
