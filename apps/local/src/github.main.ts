import { runApp } from '@prow/base-service';
import { githubApp } from './github-app.ts';

await runApp(githubApp, process.argv.slice(2));
