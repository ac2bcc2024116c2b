/** Which key does what while a submission is looked at. */

export type KeyAction = "next" | "previous" | "approve" | "return" | "comment" | "photos" | "queue" | "help";

/** What a key press says of itself; a subset of `KeyboardEvent`. */
export type KeyPress = {
  key: string;
  /** Physical key, e.g. `KeyJ`: a Chinese input method hides the letter behind `Process`. */
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  isComposing: boolean;
  repeat: boolean;
};

/** In the order the help shows them. */
export const KEY_BINDINGS: readonly { action: KeyAction; keys: readonly string[] }[] = [
  { action: "next", keys: ["J", "→"] },
  { action: "previous", keys: ["K", "←"] },
  { action: "approve", keys: ["A"] },
  { action: "return", keys: ["R"] },
  { action: "comment", keys: ["C"] },
  { action: "photos", keys: ["P"] },
  { action: "queue", keys: ["Q"] },
  { action: "help", keys: ["?"] },
];

const BY_LETTER: Readonly<Record<string, KeyAction>> = {
  j: "next",
  k: "previous",
  a: "approve",
  r: "return",
  c: "comment",
  p: "photos",
  q: "queue",
};
const BY_NAME: Readonly<Record<string, KeyAction>> = {
  ArrowRight: "next",
  ArrowLeft: "previous",
  "?": "help",
  "？": "help",
};
const MAY_REPEAT: readonly KeyAction[] = ["next", "previous"];

/** Returns what a key press means, or `null`: with a modifier, while typing, or when it means nothing. */
export function actionOf(press: KeyPress, isTyping: boolean): KeyAction | null {
  if (isTyping || press.isComposing || press.ctrlKey || press.metaKey || press.altKey) return null;
  const action = BY_NAME[press.key] ?? BY_LETTER[letterOf(press)] ?? null;
  if (action !== null && press.repeat && !MAY_REPEAT.includes(action)) return null;
  return action;
}

function letterOf(press: KeyPress): string {
  if (press.key.length === 1) return press.key.toLowerCase();
  if (press.key === "Process" || press.key === "Unidentified") return press.code.replace(/^Key/u, "").toLowerCase();
  return "";
}

/** Returns whether keys pressed on this element are text or belong to the control. */
export function takesKeys(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true;
  return target instanceof HTMLInputElement && !["button", "submit", "reset", "checkbox"].includes(target.type);
}
