// Who may start jobs through the API. upstream: pkg/config/gangway.go
import { doc, list, pointer, struct, text } from '@prow/base-schema';
import type { TypeOf } from '@prow/base-schema';
import { within } from '../finding.ts';
import type { Findings, Source } from '../finding.ts';

export const gangwayShape = struct('Gangway', {
  allowed_api_clients: list(struct('AllowedApiClient', {
    gcp: pointer(struct('ApiClientGcp', {
      endpoint_api_consumer_type: doc('PROJECT', text),
      endpoint_api_consumer_number: doc('Digits', text),
    })),
    allowed_jobs_filters: list(struct('AllowedJobsFilter', { tenant_id: text })),
  })),
});

export function checkGangway(section: TypeOf<typeof gangwayShape>, findings: Findings, where: Source): void {
  const seen = new Set<string>();
  for (const [index, client] of (section.allowed_api_clients ?? []).entries()) {
    const place = within(where, 'allowed_api_clients', index);
    const { gcp } = client;
    if (gcp === undefined) {
      findings.error('PROW_CONFIG_MISSING', 'an API client needs a cloud vendor: gcp', place);
      continue;
    }
    if (gcp.endpoint_api_consumer_type !== 'PROJECT') {
      findings.error('PROW_CONFIG_VALUE', `expected PROJECT, found ${JSON.stringify(gcp.endpoint_api_consumer_type ?? '')}`, within(place, 'gcp', 'endpoint_api_consumer_type'));
    }
    if (!/^[0-9]+$/.test(gcp.endpoint_api_consumer_number ?? '')) {
      findings.error('PROW_CONFIG_VALUE', `expected digits, found ${JSON.stringify(gcp.endpoint_api_consumer_number ?? '')}`, within(place, 'gcp', 'endpoint_api_consumer_number'));
    }
    const id = `${gcp.endpoint_api_consumer_type}-${gcp.endpoint_api_consumer_number}`;
    if (seen.has(id)) findings.error('PROW_CONFIG_DUPLICATE', `the API client ${id} is declared twice`, place);
    seen.add(id);
    if ((client.allowed_jobs_filters ?? []).length === 0) findings.error('PROW_CONFIG_MISSING', 'allowed_jobs_filters must not be empty', place);
    for (const [filterIndex, filter] of (client.allowed_jobs_filters ?? []).entries()) {
      if (filter.tenant_id === undefined) findings.error('PROW_CONFIG_MISSING', 'tenant_id must be set', within(place, 'allowed_jobs_filters', filterIndex));
    }
  }
}
