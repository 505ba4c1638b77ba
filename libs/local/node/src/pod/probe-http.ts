import type { Container, HttpGetAction } from '@prow/model-kube-types';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

/** The number of a port given by number or by the name that a container gives it. */
export function portNumber(port: number | string, container: Container | undefined): number | undefined {
  if (typeof port === 'number') return port;
  if (/^\d+$/.test(port)) return Number(port);
  return container?.ports?.find(({ name }) => name === port)?.containerPort;
}

/** GET; 200 to 399 is well. Certificates are not checked, as upstream. */
export function probeHttp(action: HttpGetAction, container: Container | undefined, timeoutMs: number): Promise<{ ok: boolean; message: string }> {
  const port = portNumber(action.port, container);
  if (port === undefined) return Promise.resolve({ ok: false, message: `unknown port ${JSON.stringify(action.port)}` });
  const secure = action.scheme === 'HTTPS';
  const headers = Object.fromEntries((action.httpHeaders ?? []).map(({ name, value }) => [name, value]));
  return new Promise((resolve) => {
    const options = { host: action.host || '127.0.0.1', port, path: action.path?.startsWith('/') ? action.path : `/${action.path ?? ''}`, headers: { 'user-agent': 'kube-probe/1.34', ...headers }, timeout: timeoutMs, agent: false as const };
    const request = secure ? requestHttps({ ...options, rejectUnauthorized: false }) : requestHttp(options);
    const deadline = setTimeout(() => request.destroy(new Error('timeout')), timeoutMs);
    request.on('response', (response) => {
      const code = response.statusCode ?? 0;
      response.destroy();
      resolve(code >= 200 && code < 400 ? { ok: true, message: '' } : { ok: false, message: `HTTP probe failed with statuscode: ${code}` });
    });
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', (error) => resolve({ ok: false, message: error.message }));
    request.on('close', () => clearTimeout(deadline));
    request.end();
  });
}
