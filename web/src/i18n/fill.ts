/** Fills `{name}` in a text. */
export function fill(text: string, value: (name: string) => unknown): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(value(name) ?? ""));
}
