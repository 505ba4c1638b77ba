const nameCharacter = /[\p{L}\p{Nd}_]/u;

/** Expands `$name`, `${name}` and `$$` as Go's Regexp.Expand: what does not read as a reference stays as it is. */
export function expandTemplate(template: string, valueOf: (name: string) => string | undefined): string {
  let result = '';
  let rest = template;
  for (let dollar = rest.indexOf('$'); dollar >= 0; dollar = rest.indexOf('$')) {
    result += rest.slice(0, dollar);
    rest = rest.slice(dollar);
    if (rest.startsWith('$$')) {
      result += '$';
      rest = rest.slice(2);
      continue;
    }
    const reference = readReference(rest);
    if (reference === undefined) {
      result += '$';
      rest = rest.slice(1);
      continue;
    }
    result += valueOf(reference.name) ?? '';
    rest = rest.slice(reference.length);
  }
  return result + rest;
}

function readReference(text: string): { name: string; length: number } | undefined {
  const braced = text.startsWith('${');
  const start = braced ? 2 : 1;
  let name = '';
  for (const character of text.slice(start)) {
    if (!nameCharacter.test(character)) break;
    name += character;
  }
  if (name === '') return undefined;
  const end = start + name.length;
  if (!braced) return { name, length: end };
  return text[end] === '}' ? { name, length: end + 1 } : undefined;
}
