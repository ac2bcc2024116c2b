//! Takes out of a compiled file what only tells why it panicked. A browser hears nothing of that: the target's standard
//! library has nowhere to write to, and every panic ends in a trap whose stack names the function. What tells it, what
//! formats that, and the places in the sources would travel all the same.

use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;

use anyhow::Result;
use walrus::ir::{Const, Instr, InstrSeq, Value, Visitor, dfs_in_order};
use walrus::{ConstExpr, DataId, DataKind, FunctionBuilder, FunctionId, FunctionKind, Module};

/// Parts of the names of functions that never return, or that only write what is never read: nothing on the phone is told
/// as `{:?}`, which a rule of `tests/src/tidy` holds.
const POINTLESS: [&str; 17] = [
    "::panicking::",
    "::str::slice_error_fail",
    "::slice::index::slice_index_fail",
    "::slice::copy_from_slice_impl::len_mismatch_fail",
    "::slice::sort::shared::smallsort::panic_on_ord_violation",
    "::result::unwrap_failed",
    "::option::unwrap_failed",
    "::option::expect_failed",
    "::assert_failed",
    "::cell::panic_already_",
    "::raw_vec::handle_error",
    "::raw_vec::capacity_overflow",
    "::alloc::rust_oom",
    " as core::fmt::Debug>::fmt",
    "<core::fmt::Formatter>::debug_",
    "<core::fmt::builders::",
    "<char>::escape_debug_ext",
];

/// Rewrites a file that has its functions' names.
pub fn panics(wasm: &Path) -> Result<()> {
    let mut module = Module::from_file(wasm)?;
    let named = |name: &str| POINTLESS.iter().any(|part| plain(name).contains(part));
    let pointless: Vec<FunctionId> =
        module.funcs.iter().filter(|it| it.name.as_deref().is_some_and(named)).map(|it| it.id()).collect();
    let mut numbers = Numbers::of(&module, pointless.iter().copied().collect());
    for id in pointless {
        trap(&mut module, id);
    }
    let parts: Vec<DataId> = module.data.iter().map(|it| it.id()).collect();
    for id in parts {
        let data = module.data.get_mut(id);
        if let DataKind::Active { offset: ConstExpr::Value(Value::I32(from)), .. } = data.kind {
            blank_places(&mut data.value, from as usize);
            numbers.blank_texts(&mut data.value, from as usize);
        }
    }
    module.emit_wasm_file(wasm)
}

/// Returns a function's name without what tells one build from another: `core[0123456789abcdef]::panicking`.
fn plain(name: &str) -> String {
    let mut depth = 0;
    let mut is_plain = |c: char| {
        depth += i32::from(c == '[');
        let plain = depth == 0;
        depth -= i32::from(c == ']');
        plain
    };
    name.chars().filter(|c| is_plain(*c)).collect()
}

fn trap(module: &mut Module, id: FunctionId) {
    let FunctionKind::Local(local) = &module.funcs.get(id).kind else { return };
    let (kind, args) = (module.types.get(local.ty()), local.args.clone());
    let (params, results) = (kind.params().to_vec(), kind.results().to_vec());
    let mut builder = FunctionBuilder::new(&mut module.types, &params, &results);
    builder.func_body().unreachable();
    module.funcs.get_mut(id).kind = FunctionKind::Local(builder.local_func(args));
}

/// The numbers that stand in the code: addresses of texts are among them.
struct Numbers {
    pointless: HashSet<FunctionId>,
    /// Where texts may stand, and how long they are, that only functions without a point are given.
    told: HashSet<(usize, usize)>,
    /// All others.
    used: HashSet<usize>,
}

impl Numbers {
    fn of(module: &Module, pointless: HashSet<FunctionId>) -> Numbers {
        let mut numbers = Numbers { pointless, told: HashSet::new(), used: HashSet::new() };
        for (_, function) in module.funcs.iter_local() {
            dfs_in_order(&mut numbers, function, function.entry_block());
        }
        numbers
    }

    /// Writes zeros over messages of panics that nothing else points to, or into.
    fn blank_texts(&mut self, data: &mut [u8], from: usize) {
        let words = data.chunks_exact(4).map(|it| u32::from_le_bytes([it[0], it[1], it[2], it[3]]) as usize);
        self.used.extend(words);
        let is_text = |it: &[u8]| it.iter().all(|it| it.is_ascii_graphic() || matches!(it, b' ' | b'\n'));
        let place = |(at, length): (usize, usize)| {
            let at = at.checked_sub(from).filter(|_| (8..512).contains(&length))?;
            data.get(at..at + length).filter(|it| is_text(it)).map(|_| at..at + length)
        };
        let texts: Vec<Range<usize>> = self.told.iter().filter_map(|it| place(*it)).collect();
        for text in texts {
            if !text.clone().any(|at| self.used.contains(&(from + at))) {
                data[text].fill(0);
            }
        }
    }
}

impl<'a> Visitor<'a> for Numbers {
    fn start_instr_seq(&mut self, sequence: &'a InstrSeq) {
        // Of those that stand side by side.
        let mut given = Vec::new();
        for (instruction, _) in &sequence.instrs {
            match instruction {
                Instr::Const(Const { value: Value::I32(number) }) => given.push(*number as u32 as usize),
                Instr::Call(call) if self.pointless.contains(&call.func) => {
                    self.told.extend(given.windows(2).map(|it| (it[0], it[1])));
                    given.clear();
                }
                _ => self.used.extend(given.drain(..)),
            }
        }
        self.used.extend(given);
    }
}

/// Writes zeros over each `core::panic::Location` (where the path is, its length, line, column) and the paths. `from` is
/// the address of the first byte.
fn blank_places(data: &mut [u8], from: usize) {
    let word = |data: &[u8], at: usize| {
        data.get(at..at + 4).map_or(0, |it| u32::from_le_bytes([it[0], it[1], it[2], it[3]]) as usize)
    };
    let mut doomed = Vec::new();
    for at in (0..data.len().saturating_sub(15)).step_by(4) {
        let [path, length, line, column] = [0, 4, 8, 12].map(|it| word(data, at + it));
        let Some(path) = path.checked_sub(from) else { continue };
        let is_path = |it: &[u8]| it.ends_with(b".rs") && it.iter().all(u8::is_ascii_graphic);
        let is_place = length < 256 && (1..100_000).contains(&line) && (1..1_000).contains(&column);
        if is_place && data.get(path..path + length).is_some_and(is_path) {
            doomed.extend([at..at + 16, path..path + length]);
        }
    }
    for range in doomed {
        data[range].fill(0);
    }
}
