import { StartError } from '@countersign/problems';
import { runProcess } from '@countersign/service/process';
import { startLocalStack } from './local-stack.ts';
import { welcome } from './welcome.ts';

await runProcess(async () => {
  if (process.argv.length > 2)
    throw new StartError(
      'npm start takes no arguments. Its settings are environment variables, all in docs/settings.md:\n  GATEWAY_PORT=8090 npm start',
    );
  const stack = await startLocalStack(process.env);
  console.log(welcome(stack));
  return stack;
});
