/** Enketo with all its widgets; the form is transformed in the browser. */
import { Form } from "enketo-core";
import "enketo-core/src/sass/formhub/formhub.scss";
import { transform } from "enketo-transformer/web";

const xform = await (await fetch("./form.xml")).text();
const { form: html, model } = await transform({ xform });
document.querySelector("#app").innerHTML = html;
const errors = new Form(document.querySelector("form.or"), { modelStr: model, external: [] }, {}).init();
if (errors.length > 0) throw new Error(errors.join("; "));
