const colourOf: Record<string, number> = { debug: 90, info: 32, warn: 33, error: 31 };
const ownFields = new Set(['level', 'time', 'component', 'msg']);
const maxFieldLength = 500;

/** Turns one JSON log line into a line for people: `12:34:56 info  hook      message key=value`. */
export function prettyLine(line: string, coloured: boolean): string {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line;
  }
  const paint = (code: number, text: string): string => (coloured ? `\u001B[${code}m${text}\u001B[0m` : text);
  const level = String(record['level']);
  const fields = Object.entries(record)
    .filter(([key]) => !ownFields.has(key))
    .map(([key, value]) => ` ${paint(90, `${key}=`)}${fieldText(value)}`);
  const time = new Date(String(record['time'])).toTimeString().slice(0, 8); // the machine's own time, as its user reads it
  return `${paint(90, time)} ${paint(colourOf[level] ?? 0, level.padEnd(5))} ${paint(36, String(record['component']).padEnd(10))} ${String(record['msg'])}${fields.join('')}\n`;
}

function fieldText(value: unknown): string {
  const text = plainText(value);
  return text.length > maxFieldLength ? `${text.slice(0, maxFieldLength)}…` : text;
}

function plainText(value: unknown): string {
  if (typeof value === 'string') return /^[\w./:@#+-]+$/.test(value) ? value : JSON.stringify(value);
  if (typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string') {
    const code = 'code' in value && typeof value.code === 'string' ? ` (${value.code})` : '';
    return JSON.stringify(value.message) + code;
  }
  return JSON.stringify(value) ?? 'undefined';
}
