/** Hands a file to another app on the phone, or saves it where the browser cannot. */

/** Rejects only where neither works; a person who changes their mind is no failure. */
export async function shareFile(file: File): Promise<void> {
  if (navigator.canShare?.({ files: [file] })) {
    const isShared = await navigator.share({ files: [file] }).then(() => true, isChangeOfMind);
    if (isShared) return;
  }
  save(file);
}

function isChangeOfMind(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

function save(file: File): void {
  const url = URL.createObjectURL(file);
  const link = Object.assign(document.createElement("a"), { href: url, download: file.name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  // The browser reads the address after this turn.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
