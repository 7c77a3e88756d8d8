import t from 'tap';
import { portFault } from '../src/port-fault.ts';

t.test('a port that is taken, or not for this user, is told with the setting that moves it', async (t) => {
  t.match(portFault('gateway', 8080, 'EADDRINUSE'), {
    name: 'StartError',
    message: /^Port 8080, for the gateway, is taken .*\n {2}GATEWAY_PORT=8090 npm start$/s,
  });
  t.match(portFault('auth', 80, 'EACCES'), {
    name: 'StartError',
    message: 'Port 80, for the auth service, may not be used by this user. Choose one above 1023:\n  AUTH_PORT=9080 npm start',
  });
  for (const code of ['EADDRNOTAVAIL', undefined]) t.equal(portFault('redis', 6379, code), null);
});
