import { loadConfig, runProcess } from '@countersign/service/process';
import { settings } from './config.ts';
import { startWorker } from './start.ts';

await runProcess(async () => startWorker(loadConfig(settings, process.env)));
