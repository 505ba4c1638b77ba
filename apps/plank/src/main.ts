import { runApp } from '@prow/base-service';
import { plankApp } from './plank-app.ts';

await runApp(plankApp, process.argv.slice(2));
