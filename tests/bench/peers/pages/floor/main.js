/** The least that puts the questions on a page: the browser's own XML parser, plain inputs, no engine. */
const xform = await (await fetch("./form.xml")).text();
const document_ = new DOMParser().parseFromString(xform, "text/xml");
const types = new Map([...document_.getElementsByTagName("bind")].map((it) => [it.getAttribute("nodeset"), it.getAttribute("type")]));
const inputTypes = { int: "number", date: "date", binary: "file" };
const form = document.createElement("form");
for (const control of document_.querySelectorAll("input, select, select1, upload, range")) {
  const [label, input] = ["label", "input"].map((name) => document.createElement(name));
  label.textContent = control.querySelector("label")?.textContent ?? "";
  input.name = control.getAttribute("ref");
  input.type = inputTypes[types.get(input.name)] ?? "text";
  label.append(input);
  form.append(label);
}
document.querySelector("#app").append(form);
