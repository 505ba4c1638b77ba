// Hook's help, passed on. upstream: cmd/deck/pluginhelp.go
import { Router } from 'express';
import { ProwError } from '@prow/base-errors';
import { sendData } from './answers.ts';

const keptMs = 60_000;

/** @param hookUrl where hook serves `/plugin-help` */
export function pluginHelpRoutes(hookUrl: string): Router {
  const router = Router();
  let kept: { help: unknown; untilMs: number } | undefined;
  router.get('/plugin-help.js', async (request, response) => {
    if (kept === undefined || kept.untilMs < Date.now()) {
      try {
        const answer = await fetch(new URL('/plugin-help', hookUrl), { signal: AbortSignal.timeout(10_000) });
        if (!answer.ok) throw new Error(`it answered ${answer.status}`);
        kept = { help: await answer.json(), untilMs: Date.now() + keptMs };
      } catch (error) {
        throw new ProwError('PROW_DECK_HOOK', 'hook cannot be asked for its help', { httpStatus: 502, cause: error, transient: true });
      }
    }
    sendData(request, response, kept.help);
  });
  return router;
}
