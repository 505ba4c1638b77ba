import { runApp } from '@prow/base-service';
import { localApp } from './local-app.ts';

await runApp(localApp, process.argv.slice(2));
