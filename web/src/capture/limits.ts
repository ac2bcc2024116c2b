/** The largest file that the server takes; what goes into an encrypted visit grows by a few bytes. */
export const LARGEST_FILE_BYTES = 10_000_000;
