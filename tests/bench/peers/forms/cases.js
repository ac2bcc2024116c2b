/** The cases of the bench: generated forms of growing size, and three real ones. */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

import { ROOT, SHARED, wasmModule } from "../lib/places.js";
import { cascade, chain, fan, register, repeat } from "./generators.js";

/**
 * Returns a case by name, or `null` where what it needs is not on this machine. A case with `own` is about how our own
 * costs grow: peers that would take minutes stay out of it unless they are asked for.
 */
export async function makeCase(name) {
  const { make, own } = CASES[name];
  const made = await make();
  return made && { ...made, id: name, own: own === true };
}

const CASES = {
  doorstep: { make: doorstep },
  whova: { make: whova },
  certification_3319: { make: () => certification(3_319) },
  certification_16800: { make: () => certification(16_800), own: true },
  chain_1000: { make: () => chain(1_000, 1_000) },
  chain_5000: { make: () => chain(5_000, 1_000) },
  fan_1000: { make: () => fan(1_000, 1_000) },
  fan_5000: { make: () => fan(5_000, 1_000) },
  unrelated_2000: { make: () => chain(2_000, 20), own: true },
  unrelated_4000: { make: () => chain(4_000, 20), own: true },
  select_10000: { make: () => cascade(10_000, "internal") },
  select_10000_csv: { make: () => cascade(10_000, "csv") },
  select_100000_csv: { make: () => cascade(100_000, "csv"), own: true },
  repeat_10: { make: () => repeat(10) },
  repeat_100: { make: () => repeat(100) },
  repeat_300: { make: () => repeat(300) },
  repeat_1000: { make: () => repeat(1_000), own: true },
  repeat_3000: { make: () => repeat(3_000), own: true },
};

/** Names of all cases, in the order they are measured. */
export const CASE_NAMES = Object.keys(CASES);

const NOTHING = { attachments: {}, setup: [], grow: null, changes: [], repeat: null };
const change = (id, reference, values, expect = {}, options = null) => ({ id, reference, values, expect, options });

/** A certification at the door of 25 questions with groups, choices, constraints and a repeat. */
function doorstep() {
  const visit = "/data/visit";
  const person = "/data/person";
  return {
    ...NOTHING,
    title: "doorstep form, 25 questions",
    xml: readFileSync(new URL("doorstep.xml", import.meta.url), "utf8"),
    setup: [
      [`${visit}/visitor`, "王红"],
      [`${visit}/visit_date`, "2026-01-15"],
      [`${visit}/district`, "d2"],
      [`${visit}/community`, "d2c3"],
      [`${visit}/opened`, "yes"],
      [`${person}/name`, "李奶奶"],
      [`${person}/id_number`, "88010119491231002X"],
      [`${person}/birth`, "1949-12-31"],
      [`${person}/sex`, "female"],
      [`${person}/pension`, "3200"],
      [`${person}/status`, "alive"],
      ["/data/care/systolic", "150"],
      ["/data/care/diastolic", "95"],
      ["/data/member[1]/m_name", "老张"],
      ["/data/member[1]/m_age", "78"],
    ],
    changes: [
      change("alive or dead (relevance of 9 questions)", `${person}/status`, ["dead", "alive"], {
        "/data/eligible": ["no", "yes"],
      }),
      change("systolic (flag, constraint, note)", "/data/care/systolic", ["150", "130"]),
      change("age of a household member (sums)", "/data/member[1]/m_age", ["10", "40"], { "/data/sum_age": ["10", "40"] }),
      change("district (choice filter)", `${visit}/district`, ["d1", "d3"], {}, { reference: `${visit}/community`, count: 8 }),
    ],
    repeat: "/data/member",
  };
}

/** The WHO's verbal autopsy of 2016: 551 binds, two languages, 1.6 MB. Read where it lies, never kept here. */
function whova() {
  const file = `${SHARED}/conformance/forms/javarosa/jmh__whova_form.xml.gz`;
  if (!existsSync(file)) return null;
  const background = "/data/respondent_backgr";
  const deceased = "/data/consented/deceased_CRVS/info_on_deceased";
  return {
    ...NOTHING,
    title: "WHO verbal autopsy 2016 v1.5.2, 551 binds",
    xml: gunzipSync(readFileSync(file)).toString("utf8"),
    setup: [
      [`${background}/Id10013`, "yes"],
      [`${deceased}/Id10019`, "female"],
      [`${deceased}/Id10020`, "yes"],
      [`${deceased}/Id10021`, "1998-01-01"],
      [`${deceased}/Id10022`, "yes"],
      [`${deceased}/Id10023_a`, "2018-01-01"],
    ],
    changes: [
      change("consent (relevance of the whole form)", `${background}/Id10013`, ["no", "yes"]),
      change("date of birth (ages)", `${deceased}/Id10021`, ["1988-01-01", "1998-01-01"], {
        [`${deceased}/ageInDays`]: ["10958", "7305"],
      }),
      change("sex (relevance)", `${deceased}/Id10019`, ["male", "female"]),
    ],
  };
}

/** The community's certification workbook with a register of residents. */
async function certification(nResidents) {
  const engine = await wasmModule("xlsform");
  const workbook = readFileSync(`${ROOT}/server/packs/community/forms/doorstep_certification.xlsx`);
  const made = engine.convertWorkbook(workbook, "doorstep_certification");
  const xform = made.takeXform();
  if (!xform) throw new Error(`the workbook does not convert: ${made.said()}`);
  const names = (i) => `居民${i}`;
  return {
    ...NOTHING,
    title: `certification workbook with a register of ${nResidents} residents`,
    xml: xform,
    attachments: { "residents.csv": register(nResidents) },
    changes: [
      change("the resident (17 look-ups)", "/data/pick/resident", ["R10", `R${nResidents - 1}`], {
        "/data/pick/r_full_name": [names(10), names(nResidents - 1)],
      }),
    ],
  };
}
