/**
 * Makes forms of any size. Each generator returns a case: the form's text, its files, and what is done to it.
 *
 *     case = {
 *       id, title, xml,
 *       attachments: { fileName: text },
 *       setup: [[reference, value]],             answered before anything is timed
 *       grow: { repeat, instances, fill } | null a repeat brought to this many instances, one by one
 *       changes: [{ id, reference, values: [a, b], expect: { reference: [afterA, afterB] }, options: {reference, count} | null }]
 *       repeat: reference | null                 where instances are added and removed
 *     }
 *
 * References are absolute paths without a namespace, positions only at repeats: `/data/item[3]/amount`.
 */

const NAMESPACES = [
  'xmlns="http://www.w3.org/2002/xforms"',
  'xmlns:h="http://www.w3.org/1999/xhtml"',
  'xmlns:jr="http://openrosa.org/javarosa"',
  'xmlns:odk="http://www.opendatakit.org/xforms"',
].join(" ");

/** Returns an XForm from the inside of its primary instance, further instances, binds and body. */
function xform({ id, primary, secondary = "", binds, body }) {
  return (
    `<?xml version="1.0"?><h:html ${NAMESPACES}><h:head><h:title>${id}</h:title><model odk:xforms-version="1.0.0">` +
    `<instance><data id="${id}" version="1">${primary}<meta><instanceID/></meta></data></instance>${secondary}${binds}` +
    `<bind nodeset="/data/meta/instanceID" type="string" readonly="true()" jr:preload="uid"/></model></h:head>` +
    `<h:body>${body}</h:body></h:html>`
  );
}

const input = (reference, label) => `<input ref="${reference}"><label>${label}</label></input>`;
const integer = (reference, calculate) =>
  `<bind nodeset="${reference}" type="int"${calculate ? ` calculate="${calculate}"` : ""}/>`;
/** Returns `make(1) … make(n)`, joined. */
const each = (n, make) => Array.from({ length: n }, (_, i) => make(i + 1)).join("");

const plainCase = { attachments: {}, setup: [], grow: null, changes: [], repeat: null };

/** Questions that nothing depends on but the first, and calculates given by `calculate(i)`. */
function calculated(id, title, nQuestions, nCalculates, calculate, expected) {
  return {
    ...plainCase,
    id,
    title,
    xml: xform({
      id,
      primary: each(nQuestions, (i) => `<q${i}/>`) + each(nCalculates, (i) => `<c${i}/>`),
      binds:
        each(nQuestions, (i) => integer(`/data/q${i}`)) + each(nCalculates, (i) => integer(`/data/c${i}`, calculate(i))),
      body: each(nQuestions, (i) => input(`/data/q${i}`, `Question ${i}`)),
    }),
    setup: [["/data/q1", "5"]],
    changes: [
      {
        id: "the source",
        reference: "/data/q1",
        values: ["10", "20"],
        expect: { [`/data/c${nCalculates}`]: [expected(10), expected(20)] },
        options: null,
      },
      {
        id: "a question nothing depends on",
        reference: `/data/q${nQuestions}`,
        values: ["1", "2"],
        expect: {},
        options: null,
      },
    ],
  };
}

/** A chain: the first calculate reads the first question, each other one its predecessor. */
export function chain(nQuestions, depth) {
  const calculate = (i) => ` /data/${i === 1 ? "q1" : `c${i - 1}`}  + 1`;
  const title = `${nQuestions} questions, a chain of ${depth} calculates`;
  return calculated(`chain_q${nQuestions}_d${depth}`, title, nQuestions, depth, calculate, (q1) => String(q1 + depth));
}

/** A fan: every calculate reads the first question. */
export function fan(nQuestions, width) {
  const calculate = (i) => ` /data/q1  * ${i} + 1`;
  const title = `${nQuestions} questions, one of them read by ${width} calculates`;
  return calculated(`fan_q${nQuestions}_w${width}`, title, nQuestions, width, calculate, (q1) => String(q1 * width + 1));
}

/** A repeat grown to n instances, with a calculate in each and a sum and a count over all of them. */
export function repeat(n) {
  const id = `repeat_${n}`;
  const others = 2 * (n - 1);
  return {
    ...plainCase,
    id,
    title: `a repeat with ${n} instances, summed and counted`,
    xml: xform({
      id,
      primary: '<item jr:template=""><amount/><double/></item><item><amount/><double/></item><total/><n/>',
      binds:
        integer("/data/item/amount") +
        integer("/data/item/double", " ../amount  * 2") +
        integer("/data/total", "sum( /data/item/double )") +
        integer("/data/n", "count( /data/item )"),
      body:
        '<group ref="/data/item"><label>Item</label><repeat nodeset="/data/item">' +
        `${input("/data/item/amount", "Amount")}</repeat></group>`,
    }),
    setup: [["/data/item[1]/amount", "1"]],
    grow: { repeat: "/data/item", instances: n, fill: { amount: "1" } },
    changes: [
      {
        id: "an amount in the middle",
        reference: `/data/item[${Math.ceil(n / 2)}]/amount`,
        values: ["11", "21"],
        expect: { "/data/total": [String(others + 22), String(others + 42)] },
        options: null,
      },
    ],
    repeat: "/data/item",
  };
}

/** A district chooses among 100 of many towns, whose rows are in the form or in a CSV file. */
export function cascade(nRows, kind) {
  const id = `select_${nRows}_${kind}`;
  const nDistricts = nRows / 100;
  const district = (i) => `d${String(i % nDistricts).padStart(4, "0")}`;
  const towns = Array.from({ length: nRows }, (_, i) => ({ name: `${district(i)}t${i}`, label: `Town ${i}`, district: district(i) }));
  const item = (row) => `<item>${Object.entries(row).map(([name, text]) => `<${name}>${text}</${name}>`).join("")}</item>`;
  const inForm = `<instance id="towns"><root>${towns.map(item).join("")}</root></instance>`;
  const inFile = '<instance id="towns" src="jr://file-csv/towns.csv"/>';
  const districts = each(nDistricts, (i) => item({ name: district(i - 1), label: `District ${i}` }));
  const select = (name, nodeset) =>
    `<select1 ref="/data/${name}"><label>${name}</label><itemset nodeset="${nodeset}"><value ref="name"/><label ref="label"/></itemset></select1>`;
  return {
    ...plainCase,
    id,
    title: `a district chooses 100 of ${nRows} towns (${kind === "csv" ? "in a CSV file" : "in the form"})`,
    xml: xform({
      id,
      primary: "<district/><town/>",
      secondary: `<instance id="districts"><root>${districts}</root></instance>${kind === "csv" ? inFile : inForm}`,
      binds: '<bind nodeset="/data/district" type="string"/><bind nodeset="/data/town" type="string"/>',
      body:
        select("district", "instance('districts')/root/item") +
        select("town", "instance('towns')/root/item[district= /data/district ]"),
    }),
    attachments: kind === "csv" ? { "towns.csv": csv(towns) } : {},
    setup: [["/data/district", district(5)]],
    changes: [
      {
        id: "the district",
        reference: "/data/district",
        values: [district(10), district(20)],
        expect: {},
        options: { reference: "/data/town", count: 100 },
      },
    ],
  };
}

function csv(rows) {
  const lines = rows.map((row) => Object.values(row).join(","));
  return `${Object.keys(rows[0]).join(",")}\n${lines.join("\n")}\n`;
}

/** A register of residents who visibly do not exist, with the columns that a phone gets. */
export function register(nResidents) {
  const row = (i) => {
    const last4 = String(i % 10_000).padStart(4, "0");
    return {
      name: `R${i}`,
      label: `居民${i} · 东区 ${i}`,
      __version: "1",
      full_name: `居民${i}`,
      sex: "f",
      birth_date: "1950-01-02",
      id_masked: `880101********${last4}`,
      id_last4: last4,
      phone: `154${String(i).padStart(8, "0")}`,
      address: `晨光佳园东区 ${i} 号`,
      grid: "G01",
      building: "E01",
      benefit_kind: "employee",
      cert_status: "overdue",
      cert_last: "2025-11-03",
      cert_due: "2026-11-03",
      cert_cycle_months: "12",
      living_alone: "no",
      selfcare: "full",
      guardian_name: "",
      guardian_phone: "",
      care_note: "",
    };
  };
  return csv(Array.from({ length: nResidents }, (_, i) => row(i)));
}
