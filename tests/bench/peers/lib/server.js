/**
 * A static server on the loopback. Its pages are isolated from other origins, which gives `performance.now()` a
 * resolution of 5 µs; with `compress`, files travel as a real server would send them.
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".xml": "text/xml",
};

const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
};

/** Compressed files by path: the best compression takes seconds, and every run asks again. */
const compressed = new Map();

/** Serves a folder; resolves to its address and how to end it. */
export function serve(folder, { compress = false } = {}) {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://local").pathname));
    const file = join(folder, path.endsWith("/") ? `${path}index.html` : path);
    const headers = { ...ISOLATED, "cache-control": "no-store", "content-type": TYPES[extname(file)] ?? "application/octet-stream" };
    try {
      const body = compress && extname(file) in TYPES ? await brotli(file) : await readFile(file);
      if (compress && extname(file) in TYPES) headers["content-encoding"] = "br";
      response.writeHead(200, { ...headers, "content-length": body.length }).end(body);
    } catch {
      response.writeHead(404, headers).end();
    }
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve({ url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() }));
  });
}

/** Returns a file as it travels. */
export async function brotli(file) {
  if (!compressed.has(file)) {
    const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
    compressed.set(file, brotliCompressSync(await readFile(file), { params }));
  }
  return compressed.get(file);
}
