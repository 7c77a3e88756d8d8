import { runProcess } from '@countersign/service/process';
import { startLocalStack } from './local-stack.ts';
import { welcome } from './welcome.ts';

await runProcess(async () => {
  const stack = await startLocalStack(process.env);
  console.log(welcome(stack));
  return stack;
});
