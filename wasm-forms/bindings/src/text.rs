//! Long texts on their way in, forms and lists, and out: forms that workbooks became.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// A text that is still the browser's.
    #[wasm_bindgen(typescript_type = "string")]
    pub type Text;
    /// In units of two bytes.
    #[wasm_bindgen(method, getter, structural)]
    fn length(this: &Text) -> u32;
    #[wasm_bindgen(method, structural)]
    fn slice(this: &Text, from: u32) -> Text;

    #[cfg(feature = "xlsform")]
    #[wasm_bindgen(method, structural)]
    fn concat(this: &Text, other: &Text) -> Text;

    type TextEncoder;
    #[wasm_bindgen(constructor)]
    fn new() -> TextEncoder;
    #[wasm_bindgen(method, js_name = encodeInto)]
    fn encode_into(this: &TextEncoder, text: &Text, bytes: &mut [u8]) -> Encoded;

    type Encoded;
    #[wasm_bindgen(method, getter, structural)]
    fn read(this: &Encoded) -> u32;
    #[wasm_bindgen(method, getter, structural)]
    fn written(this: &Encoded) -> u32;
}

/// The last units of a text are given three bytes each, which is the most they can take.
const LAST: usize = 4_096;

/// Takes a long text over in little more memory than it needs. The usual way gives three bytes to every unit from the
/// first on that is not ASCII, and memory once taken is never given back.
pub(crate) fn utf8(text: &Text) -> String {
    let encoder = TextEncoder::new();
    let mut bytes = Vec::new();
    let mut rest = text.slice(0);
    loop {
        let length = rest.length() as usize;
        if length == 0 {
            return String::from_utf8(bytes).unwrap_or_default();
        }
        let from = bytes.len();
        let room = length.max(3 * length.min(LAST));
        // No more than that: what would be kept for growth is as much again.
        bytes.reserve_exact(room);
        bytes.resize(from + room, 0);
        let done = encoder.encode_into(&rest, &mut bytes[from..]);
        bytes.truncate(from + done.written() as usize);
        rest = rest.slice(done.read());
    }
}

/// Hands a long text out in pieces of this many bytes.
#[cfg(feature = "xlsform")]
const PIECE: usize = 1 << 16;

/// Makes a long text the browser's. One character beyond ASCII makes the browser's decoder begin anew with two bytes for each
/// character, and large buffers are new memory each time: in pieces that takes a fifth of the time.
#[cfg(feature = "xlsform")]
pub(crate) fn handed_out(text: &str) -> Text {
    use wasm_bindgen::{JsCast, JsValue};
    let taken = |piece: &str| JsValue::from_str(piece).unchecked_into::<Text>();
    let mut out = taken("");
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE));
        out = out.concat(&taken(piece));
        rest = after;
    }
    out
}
