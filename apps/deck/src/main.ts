import { runApp } from '@prow/base-service';
import { deckApp } from './deck-app.ts';

await runApp(deckApp, process.argv.slice(2));
