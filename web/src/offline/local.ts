/** The browser's `localStorage`, where even asking for it may throw: then nothing is kept, and nothing else is said. */

/** Reads a text; `null` where there is none. */
export function readLocal(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Keeps a text, or with `null` removes it. */
export function writeLocal(key: string, text: string | null): void {
  try {
    if (text === null) localStorage.removeItem(key);
    else localStorage.setItem(key, text);
  } catch {
    // Whoever needs it beyond this page keeps it in the database too.
  }
}
