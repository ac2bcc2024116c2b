/** A little less than the largest file that the server takes, 10 MiB: what goes into an encrypted visit grows by a few bytes. */
export const LARGEST_FILE_BYTES = 10_000_000;
