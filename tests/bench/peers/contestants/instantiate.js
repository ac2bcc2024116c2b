/** Loads the wasm file of a contestant, in a browser by its address and in Node from the disk. */
export async function instantiate(init, url) {
  if (typeof window !== "undefined") return init({ module_or_path: url });
  const { readFile } = await import(/* @vite-ignore */ "node:fs/promises");
  return init({ module_or_path: await readFile(url) });
}
