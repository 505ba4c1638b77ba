// Tide's pools and history, passed on. upstream: cmd/deck/tide.go
import { Router } from 'express';
import { ProwError } from '@prow/base-errors';
import { sendData } from './answers.ts';

const maxBytes = 32 << 20;
const timeoutMs = 10_000;

/** @param tideUrl where tide serves `/` and `/history` */
export function tideRoutes(tideUrl: string): Router {
  const router = Router();

  async function ask(path: string): Promise<unknown> {
    let text: string;
    try {
      const response = await fetch(new URL(path, tideUrl), { signal: AbortSignal.timeout(timeoutMs) });
      text = await response.text();
      if (!response.ok) throw new Error(`it answered ${response.status}`);
    } catch (error) {
      throw new ProwError('PROW_DECK_TIDE', 'tide cannot be asked', { httpStatus: 502, cause: error, transient: true });
    }
    if (text.length > maxBytes) throw new ProwError('PROW_DECK_TIDE', 'tide answered too much', { httpStatus: 502 });
    return JSON.parse(text);
  }

  router.get('/tide.js', async (request, response) => {
    const pools = (await ask('/')) as Record<string, unknown>[] | null;
    const list = pools ?? [];
    sendData(request, response, { Queries: [], TideQueries: [], Pools: list });
  });

  router.get('/tide-history.js', async (request, response) => {
    sendData(request, response, { History: await ask('/history') });
  });

  return router;
}
