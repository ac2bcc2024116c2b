/**
 * The part of Markdown that labels use: strong, emphasis, headings, links and line breaks. The result is data, never
 * HTML, so a form cannot bring markup of its own into the page; tags such as `<span>` are dropped and their text kept.
 */

/** A piece of a label. Links keep their text only: at a door nobody should be led away from the form. */
export type Piece =
  | { kind: "text"; text: string }
  | { kind: "strong" | "emphasis"; pieces: Piece[] }
  | { kind: "break" };

/** Returns the pieces of a label. */
export function readMarkdown(source: string): Piece[] {
  const pieces: Piece[] = [];
  source.split(/\r?\n/).forEach((line, at) => {
    if (at > 0) pieces.push({ kind: "break" });
    const heading = /^#{1,6}\s+(.*)$/.exec(line);
    if (heading) pieces.push({ kind: "strong", pieces: readLine(heading[1] ?? "") });
    else pieces.push(...readLine(line));
  });
  return pieces;
}

/** Returns a label as plain text, e.g. for a list of errors. */
export function plainText(source: string): string {
  const flat = (pieces: Piece[]): string =>
    pieces.map((it) => (it.kind === "text" ? it.text : it.kind === "break" ? " " : flat(it.pieces))).join("");
  return flat(readMarkdown(source)).trim();
}

const TAG = /^<\/?[A-Za-z][^<>]*>/;
const LINK = /^\[([^[\]]*)\]\([^()\s]*\)/;
const MARKS: readonly { mark: string; kind: "strong" | "emphasis" }[] = [
  { mark: "**", kind: "strong" },
  { mark: "__", kind: "strong" },
  { mark: "*", kind: "emphasis" },
  { mark: "_", kind: "emphasis" },
];

function readLine(line: string): Piece[] {
  const pieces: Piece[] = [];
  let text = "";
  const flush = () => {
    if (text !== "") pieces.push({ kind: "text", text });
    text = "";
  };
  for (let at = 0; at < line.length; ) {
    const rest = line.slice(at);
    if (rest[0] === "\\" && rest.length > 1 && /[\\*_#[\]<>]/.test(rest[1] ?? "")) {
      text += rest[1];
      at += 2;
      continue;
    }
    const dropped = TAG.exec(rest);
    if (dropped) {
      at += dropped[0].length;
      continue;
    }
    const link = LINK.exec(rest);
    if (link) {
      text += link[1];
      at += link[0].length;
      continue;
    }
    const nStars = starsAt(line, at);
    if (nStars > 0) {
      text += "*".repeat(nStars);
      at += nStars;
      continue;
    }
    const marked = markedAt(line, at);
    if (marked) {
      flush();
      pieces.push({ kind: marked.kind, pieces: readLine(marked.inner) });
      at = marked.end;
      continue;
    }
    text += rest[0];
    at += 1;
  }
  flush();
  return pieces;
}

/** Returns how many asterisks stand here if they are too many to be a mark, as in a masked number; else 0. */
function starsAt(line: string, at: number): number {
  const n = /^\*+/.exec(line.slice(at))?.[0].length ?? 0;
  return n > 2 ? n : 0;
}

/** Returns what a pair of marks encloses at this place. An underscore inside a word is a letter, not a mark. */
function markedAt(line: string, at: number): { kind: "strong" | "emphasis"; inner: string; end: number } | null {
  for (const { mark, kind } of MARKS) {
    if (!line.startsWith(mark, at)) continue;
    const start = at + mark.length;
    const close = line.indexOf(mark, start + 1);
    if (close < 0 || /\s/.test(line[start] ?? " ") || /\s/.test(line[close - 1] ?? " ")) continue;
    const end = close + mark.length;
    if (mark.startsWith("_") && (isWord(line[at - 1]) || isWord(line[end]))) continue;
    return { kind, inner: line.slice(start, close), end };
  }
  return null;
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}_]/u.test(character);
}
