// Cases in, outcomes out, a line of JSON each. The argument is the module that wasm-bindgen wrote for Node.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { default: engine } = await import(pathToFileURL(process.argv[2]).href);

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  let outcome;
  try {
    outcome = engine.run(line);
  } catch (error) {
    outcome = JSON.stringify({ trapped: String(error) });
  }
  process.stdout.write(`${outcome}\n`);
}
