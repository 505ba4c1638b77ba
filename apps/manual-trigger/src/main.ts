import { runApp } from '@prow/base-service';
import { manualTriggerApp } from './manual-trigger-app.ts';

await runApp(manualTriggerApp, process.argv.slice(2));
