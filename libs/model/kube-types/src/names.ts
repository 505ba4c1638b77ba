// Which names, label keys and values the API accepts. upstream: apimachinery/pkg/util/validation/validation.go

const dns1123Label = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const qualifiedNamePart = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const environmentName = /^[-._a-zA-Z][-._a-zA-Z0-9]*$/;
const configMapKey = /^[-._a-zA-Z0-9]+$/;

/** Lower-case letters, digits and `-`, at most 63 (container, volume and namespace names). */
export function isDns1123Label(text: string): boolean {
  return text.length <= 63 && dns1123Label.test(text);
}

/** Labels joined by dots, at most 253 (names of most objects). */
export function isDns1123Subdomain(text: string): boolean {
  return text.length <= 253 && text.split('.').every((part) => dns1123Label.test(part));
}

/** A label or annotation key: `[prefix/]name`, the prefix a DNS subdomain, the name at most 63. */
export function isQualifiedName(text: string): boolean {
  const slash = text.indexOf('/');
  const name = text.slice(slash + 1);
  if (slash >= 0 && !isDns1123Subdomain(text.slice(0, slash))) return false;
  return name.length <= 63 && !name.includes('/') && qualifiedNamePart.test(name);
}

/** A label's value: empty, or at most 63 letters, digits, `-_.`, beginning and ending with a letter or digit. */
export function isLabelValue(text: string): boolean {
  return text === '' || (text.length <= 63 && qualifiedNamePart.test(text));
}

/** An environment variable's name as `envFrom` takes it from keys. */
export function isEnvVarName(text: string): boolean {
  return environmentName.test(text) && text !== '.' && !text.startsWith('..');
}

/** A key of a ConfigMap or Secret, at most 253: it becomes a file name. */
export function isConfigMapKey(text: string): boolean {
  return text.length <= 253 && configMapKey.test(text) && text !== '.' && text !== '..' && !text.startsWith('..');
}
