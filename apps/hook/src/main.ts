import { runApp } from '@prow/base-service';
import { hookApp } from './index.ts';

await runApp(hookApp, process.argv.slice(2));
