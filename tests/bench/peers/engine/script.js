/**
 * What is timed, step by step. Runs in the page and in Node and depends on neither. Each step is one call, so that the
 * caller can read the CPU clock before and after it; `n` is how many operations the step did.
 *
 * The clock has a resolution of some microseconds, so operations are timed in batches that last a millisecond at least,
 * for every contestant alike.
 */
const now = () => performance.now();

/** A batch lasts this long at least. */
const BATCH_MS = 1;
/** Before the clock counts, so long: on a busy machine the optimising compilers, which work aside, take their time. */
const WARM_MS = 300;
/** A step goes on until it has both so many batches and so much time, and never longer than its limit. */
const MIN_BATCHES = 15;
const MIN_STEP_MS = 150;
const MAX_STEP_MS = 3_000;
/** A list is no longer than it has grown in this time. */
const MAX_GROW_MS = 30_000;

/** Loads a form. */
export async function load(contestant, { xml, attachments }) {
  const begun = now();
  const session = await contestant.load(xml, attachments);
  return { session, ms: now() - begun };
}

/** The steps after loading, by name. */
export const steps = {
  async nothing() {
    return {};
  },

  /** Answers what must be answered first and brings the repeat to its size, one instance at a time. */
  async setUp(session, { setup, grow }) {
    for (const [reference, value] of setup) await session.setValue(reference, value);
    if (!grow) return {};
    const begun = now();
    for (let position = 2; position <= grow.instances; position++) {
      await session.addInstance(grow.repeat);
      for (const [name, value] of Object.entries(grow.fill)) await session.setValue(`${grow.repeat}[${position}]/${name}`, value);
      if (now() - begun > MAX_GROW_MS) throw new Error(`only ${position} of ${grow.instances} instances in ${MAX_GROW_MS / 1_000} s`);
    }
    return { ms: now() - begun };
  },

  /** The first two answers, checked; then finds out how many make a batch. */
  async tryAnswers(session, aCase, index) {
    const { values, expect, options } = aCase.changes[index];
    const operate = answering(session, aCase.changes[index]);
    const wrong = [];
    let firstMs;
    for (let turn = 0; turn < 2; turn++) {
      const begun = now();
      const pending = operate();
      if (pending) await pending;
      firstMs ??= now() - begun;
      for (const [reference, wanted] of Object.entries(expect)) {
        const found = String(await session.getValue(reference)).replace(/\.0$/u, "");
        if (found !== wanted[turn]) wrong.push(`${reference} is ${found}, not ${wanted[turn]}, after ${values[turn]}`);
      }
      const n = options ? session.nOptions(options.reference) : 0;
      if (options && n !== options.count) wrong.push(`${options.reference} offers ${n}, not ${options.count}`);
    }
    return { firstMs, wrong: wrong[0] ?? null, perBatch: await batchSize(operate) };
  },

  /** Answers a question with two values in turn, and leaves the second. */
  async answer(session, aCase, index, perBatch) {
    const { reference, values } = aCase.changes[index];
    const { n, ms } = await batches(answering(session, aCase.changes[index]), perBatch);
    await session.setValue(reference, values[1]);
    return { n: n + 1, ms };
  },

  /** Adds an instance at the end and removes the last, or the one in the middle, so that the list keeps its length. */
  async addAndRemove(session, { repeat, grow }, fromMiddle) {
    const length = (grow?.instances ?? 1) + 1;
    const position = fromMiddle ? Math.ceil(length / 2) : length;
    let [addMs, removeMs, n] = [0, 0, 0];
    const begun = now();
    while ((now() - begun < MIN_STEP_MS || n < MIN_BATCHES) && now() - begun < MAX_STEP_MS) {
      const before = now();
      const adding = session.addInstance(repeat);
      if (adding) await adding;
      const between = now();
      const removing = session.removeInstance(repeat, position);
      if (removing) await removing;
      addMs += between - before;
      removeMs += now() - between;
      n += 1;
    }
    return { n, addMs: addMs / n, removeMs: removeMs / n };
  },

  async trySerialising(session) {
    const begun = now();
    const text = await session.serialise();
    return { firstMs: now() - begun, length: text.length, perBatch: await batchSize(() => session.serialise()) };
  },

  async serialise(session, _, __, perBatch) {
    return batches(() => session.serialise(), perBatch);
  },
};

/**
 * Runs every step of a case where `call(name, ...args)` does one and returns what it returned, with the CPU time it
 * took as `cpuMs`. Returns figures by name, in milliseconds for one operation. A step that fails ends the run: what
 * was measured until then stays, with the `error`.
 */
export async function run(aCase, call) {
  const figures = {};
  try {
    await call("setUp");
    for (const [index, change] of aCase.changes.entries()) {
      const tried = await call("tryAnswers", index);
      if (tried.wrong) throw new Error(`WRONG: ${tried.wrong}`);
      const done = await call("answer", index, tried.perBatch);
      figures[`${change.id}, first`] = tried.firstMs;
      figures[`${change.id}, wall`] = done.ms;
      figures[`${change.id}, CPU`] = done.cpuMs / done.n;
    }
    const removals = aCase.repeat ? [["the last", false], ["the middle one", true]] : [];
    for (const [which, fromMiddle] of removals) {
      await call("addAndRemove", fromMiddle); // warms up
      const { n, addMs, removeMs, cpuMs } = await call("addAndRemove", fromMiddle);
      // The CPU clock is read for the pair; the wall clock tells how the two share it.
      const share = addMs / (addMs + removeMs);
      if (!fromMiddle) figures["add an instance, CPU"] = (cpuMs / n) * share;
      figures[`remove ${which}, CPU`] = (cpuMs / n) * (1 - share);
    }
    const tried = await call("trySerialising");
    const done = await call("serialise", 0, tried.perBatch);
    figures["serialise, first"] = tried.firstMs;
    figures["serialise, CPU"] = done.cpuMs / done.n;
  } catch (error) {
    return { figures, error: reason(error) };
  }
  return { figures, error: null };
}

/** Returns an error in one line, without what the driver of the browser says before it. */
export function reason(error) {
  const [line] = String(error?.message ?? error).split("\n");
  return line.replace(/^page\.evaluate: (Error: )?/u, "").slice(0, 200);
}

/** Returns what answers a question, another value each time, and asks for the choices that depend on it. */
function answering(session, { reference, values, options }) {
  session.warm(reference);
  if (options) session.warm(options.reference);
  let turn = 0;
  return () => {
    const pending = session.setValue(reference, values[turn]);
    turn = 1 - turn;
    if (pending) return pending.then(() => options && session.nOptions(options.reference));
    if (options) session.nOptions(options.reference);
    return undefined;
  };
}

/** Returns how many operations last a batch, once the compilers have warmed up. */
async function batchSize(operate) {
  const begun = now();
  for (let n = 1; ; ) {
    const start = now();
    for (let i = 0; i < n; i++) {
      const pending = operate();
      if (pending) await pending;
    }
    if (now() - start < BATCH_MS) n *= 2;
    else if (now() - begun > WARM_MS) return n;
  }
}

async function batches(operate, perBatch) {
  const perOperation = [];
  const begun = now();
  while ((now() - begun < MIN_STEP_MS || perOperation.length < MIN_BATCHES) && now() - begun < MAX_STEP_MS) {
    const start = now();
    for (let i = 0; i < perBatch; i++) {
      const pending = operate();
      if (pending) await pending;
    }
    perOperation.push((now() - start) / perBatch);
  }
  perOperation.sort((a, b) => a - b);
  return { n: perOperation.length * perBatch, ms: perOperation[Math.floor(perOperation.length / 2)] };
}
