import { runApp } from '@prow/base-service';
import { kubeApp } from './kube-app.ts';

await runApp(kubeApp, process.argv.slice(2));
