// `node fixture-process.ts parent` starts `node fixture-process.ts child`, which stays, and says its pid.
import { fileURLToPath } from 'node:url';
import { startProcess } from '../src/index.ts';

if (process.argv[2] === 'parent') {
  const child = await startProcess({ teardown() {} }, fileURLToPath(import.meta.url), { args: ['child'] });
  console.log(child.pid);
}
setInterval(() => {}, 1000);
