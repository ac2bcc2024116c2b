/** A yardstick in Rust and wasm: what the least code costs (`../rust-floor`). */
import init, { Form } from "../wasm/rust_floor.js";
import { instantiate } from "./instantiate.js";

const exports = await instantiate(init, new URL("../wasm/rust_floor_bg.wasm", import.meta.url));

export default {
  wasmBytes: () => exports.memory.buffer.byteLength,
  /** It parses any form, but computes only chains and fans. */
  supports: ({ id }) => (/^(chain|fan|unrelated)_/u.test(id) ? "all" : "load"),
  async load(xform) {
    const form = new Form(xform);
    return {
      setValue: (reference, value) => form.set(reference, value),
      serialise: () => form.serialize(),
      getValue: (reference) => form.get(reference),
      warm() {},
      dispose: () => form.free(),
    };
  },
};
