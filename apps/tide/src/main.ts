import { runApp } from '@prow/base-service';
import { tideApp } from './tide-app.ts';

await runApp(tideApp, process.argv.slice(2));
