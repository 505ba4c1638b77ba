/** A kubeconfig is JSON as well as YAML. */
export function writeKubeconfig({ url, token, certificate, name = 'local' }: { url: string; token: string; certificate?: string; name?: string }): string {
  const cluster = { server: url, ...(certificate === undefined ? {} : { 'certificate-authority-data': Buffer.from(certificate).toString('base64') }) };
  return `apiVersion: v1
kind: Config
current-context: ${name}
clusters:
- name: ${name}
  cluster:
${Object.entries(cluster).map(([key, value]) => `    ${key}: ${JSON.stringify(value)}`).join('\n')}
contexts:
- name: ${name}
  context:
    cluster: ${name}
    user: ${name}
    namespace: default
users:
- name: ${name}
  user:
    token: ${JSON.stringify(token)}
`;
}
