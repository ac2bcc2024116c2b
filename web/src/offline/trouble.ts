/** What a failure of the browser's storage is called, and so what the person can do. */

/** Code of a storage failure. */
export type StorageCode = "storage.full" | "storage.lost" | "storage.failed";

/** Returns the code of whatever writing or reading threw. */
export function storageCode(error: unknown): StorageCode {
  const name = error instanceof DOMException ? error.name : "";
  // Some browsers wrap the reason: an aborted transaction names it in its message only.
  const text = error instanceof Error ? `${name} ${error.message}` : name;
  if (/quota/i.test(text)) return "storage.full";
  return name === "InvalidStateError" || name === "UnknownError" ? "storage.lost" : "storage.failed";
}
