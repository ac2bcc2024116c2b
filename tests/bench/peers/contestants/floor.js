/**
 * A yardstick, not a product: the least JavaScript that gets the generated forms right. The platform's XML parser, a
 * graph of dependencies built once, expressions as closures, run in topological order. It knows numbers, absolute and
 * `../` paths, `+`, `*`, `sum()`, `count()`, and one equality at an itemset.
 */
export default {
  supports: ({ id }) => (/^(chain|fan|unrelated|repeat|select)_/u.test(id) ? "all" : null),
  async load(xform, attachments) {
    const document = new DOMParser().parseFromString(xform, "text/xml");
    const tags = (name) => [...document.getElementsByTagName(name)];
    const [primary, ...secondary] = tags("instance");
    const repeat = tags("repeat")[0]?.getAttribute("nodeset");
    const state = { values: new Map(), texts: new Map(), instances: [], perInstance: [], repeat };
    for (const element of primary.firstElementChild.children) {
      const path = `/data/${element.localName}`;
      if (path !== repeat) state.values.set(path, NaN);
      else if (!element.hasAttribute("jr:template")) state.instances.push({});
    }
    const graph = new Graph(state);
    for (const bind of tags("bind")) addCalculate(state, graph, bind.getAttribute("nodeset"), bind.getAttribute("calculate"));
    graph.runRoots();
    const rows = new Map(secondary.map((it) => [it.id, rowsOf(it, attachments)]));
    const filters = new Map(tags("itemset").map((it) => [it.parentNode.getAttribute("ref"), filterOf(it.getAttribute("nodeset"), rows)]));
    return session(state, graph, filters);
  },
};

/** Calculates by path, what reads what, and for each source the calculates below it in order. */
class Graph {
  calculates = new Map();
  users = new Map();
  orders = new Map();

  constructor(state) {
    this.values = state.values;
  }

  add(path, source, compute) {
    this.calculates.set(path, { source, compute });
    if (!this.users.has(source)) this.users.set(source, []);
    this.users.get(source).push(path);
  }

  runRoots() {
    const roots = new Set([...this.calculates.values()].map((it) => it.source).filter((it) => !this.calculates.has(it)));
    for (const root of roots) this.run(root);
  }

  run(source) {
    if (!this.orders.has(source)) this.orders.set(source, this.below(source));
    for (const { path, compute } of this.orders.get(source)) this.values.set(path, compute());
  }

  below(source) {
    const order = [];
    const seen = new Set();
    const open = [{ path: source, next: 0 }];
    for (let top = open.at(-1); top; top = open.at(-1)) {
      const user = this.users.get(top.path)?.[top.next++];
      if (user === undefined) {
        open.pop();
        if (top.path !== source) order.push({ path: top.path, compute: this.calculates.get(top.path).compute });
      } else if (!seen.has(user)) {
        seen.add(user);
        open.push({ path: user, next: 0 });
      }
    }
    return order.reverse();
  }
}

function addCalculate({ values, instances, perInstance, repeat }, graph, path, calculate) {
  if (!calculate) return;
  const [, sibling, double] = /^\s*\.\.\/(\w+)\s*\*\s*(\d+)\s*$/u.exec(calculate) ?? [];
  if (sibling) return void perInstance.push({ to: path.split("/").pop(), from: sibling, factor: Number(double) });
  const [, source, factor, addend] = /^\s*(\/data\/\w+)\s*(?:\*\s*(\d+)\s*)?\+\s*(\d+)\s*$/u.exec(calculate) ?? [];
  if (source) {
    const [f, a] = [Number(factor ?? 1), Number(addend)];
    return graph.add(path, source, () => values.get(source) * f + a);
  }
  const [, field] = /^\s*sum\(\s*\/data\/\w+\/(\w+)\s*\)\s*$/u.exec(calculate) ?? [];
  if (field) return graph.add(path, `${repeat}/${field}`, () => instances.reduce((sum, it) => sum + (it[field] ?? NaN), 0));
  if (/^\s*count\(/u.test(calculate)) return graph.add(path, repeat, () => instances.length);
  throw new Error(`the floor does not know ${calculate}`);
}

function rowsOf(instance, attachments) {
  const source = instance.getAttribute("src");
  if (source) {
    const [names, ...lines] = attachments[source.split("/").pop()].trim().split("\n").map((line) => line.split(","));
    return lines.map((line) => Object.fromEntries(names.map((name, i) => [name, line[i]])));
  }
  const record = (item) => Object.fromEntries([...item.children].map((it) => [it.localName, it.textContent]));
  return [...instance.firstElementChild.children].map(record);
}

/** Returns how to find the choices of an itemset: all rows, or an index of them by the value they must have. */
function filterOf(nodeset, rows) {
  const [, list, column, by] = /instance\('(\w+)'\)\/root\/item(?:\[(\w+)\s*=\s*(\/data\/\w+)\s*\])?/u.exec(nodeset);
  if (!column) return () => rows.get(list);
  const index = grouped(rows.get(list), column);
  return (texts) => index.get(texts.get(by)) ?? [];
}

function grouped(rows, column) {
  const index = new Map();
  for (const row of rows) index.get(row[column])?.push(row) ?? index.set(row[column], [row]);
  return index;
}

function session(state, graph, filters) {
  const { values, texts, instances, perInstance, repeat } = state;

  function setInInstance(position, name, value) {
    const instance = instances[position - 1];
    instance[name] = value;
    for (const { to, from, factor } of perInstance) {
      if (from !== name) continue;
      instance[to] = value * factor;
      graph.run(`${repeat}/${to}`);
    }
  }

  return {
    setValue(reference, value) {
      const inside = /\[(\d+)\]\/(\w+)$/u.exec(reference);
      if (inside) return setInInstance(Number(inside[1]), inside[2], Number(value));
      values.set(reference, Number(value));
      texts.set(reference, value);
      graph.run(reference);
    },
    addInstance() {
      instances.push({});
      graph.run(repeat);
    },
    removeInstance(_, position) {
      instances.splice(position - 1, 1);
      graph.run(repeat);
      for (const { to } of perInstance) graph.run(`${repeat}/${to}`);
    },
    nOptions: (reference) => filters.get(reference)(texts).length,
    serialise() {
      const element = (name, text) => `<${name}>${text}</${name}>`;
      const top = [...values].map(([path, value]) => element(path.slice(6), texts.get(path) ?? (Number.isNaN(value) ? "" : value)));
      const items = instances.map((it) => element("item", Object.entries(it).map(([name, value]) => element(name, value)).join("")));
      return `<data>${top.join("")}${items.join("")}</data>`;
    },
    getValue: (reference) => String(values.get(reference)),
    warm() {},
    dispose() {},
  };
}
