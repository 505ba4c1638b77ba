import { runApp } from '@prow/base-service';
import { cimasterApp } from './cimaster-app.ts';

await runApp(cimasterApp, process.argv.slice(2));
