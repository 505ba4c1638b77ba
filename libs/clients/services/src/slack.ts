// upstream: pkg/slack/client.go
import { ProwError } from '@prow/base-errors';
import type { Slack } from './api.ts';
import { callService, field, textField } from './call-service.ts';

/** Slack's answers that another time may be others. */
const transientRefusals: ReadonlySet<string> = new Set(['ratelimited', 'rate_limited', 'internal_error', 'fatal_error', 'service_unavailable', 'request_timeout']);

export function slack({ endpoint = 'https://slack.com/api', token }: { endpoint?: string; token: () => Promise<string> }): Slack {
  return {
    postMessage: async ({ channel, text }) => {
      const { data } = await callService({ service: 'Slack', url: `${endpoint}/chat.postMessage`, method: 'POST', headers: { authorization: `Bearer ${await token()}` }, body: { channel, text } });
      if (field(data, 'ok') === true) return;
      const error = textField(data, 'error') || 'unknown';
      throw new ProwError('PROW_SERVICES_CALL', `Slack refused a message to ${channel}: ${error}`, { transient: transientRefusals.has(error), details: { service: 'Slack', channel } });
    },
  };
}
