/** What was asked on the command line. */
import { parseArgs } from "node:util";

/** Returns the options; `names` are those that take a text, each with its default. A wrong one ends the program. */
export function readArguments(names, usage) {
  const options = Object.fromEntries(Object.keys(names).map((name) => [name, { type: "string" }]));
  try {
    const { values } = parseArgs({ options, strict: true });
    return { ...names, ...values };
  } catch (error) {
    console.error(`${error.message}\n${usage}`);
    process.exit(2);
  }
}

/** Returns the words of a list, all of which must be known. */
export function listed(text, known, what) {
  const words = text === "" ? known : text.split(",");
  const unknown = words.filter((word) => !known.includes(word));
  if (unknown.length === 0) return words;
  console.error(`no such ${what}: ${unknown.join(", ")}; there are ${known.join(", ")}`);
  return process.exit(2);
}
