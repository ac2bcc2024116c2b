/** ODK Web Forms, as its documentation embeds it. */
import { OdkWebForm, webFormsPlugin } from "@getodk/web-forms";
import { createApp, h } from "vue";

const formXml = await (await fetch("./form.xml")).text();
const fetchFormAttachment = async () => new Response("", { status: 404 });
const form = () => h(OdkWebForm, { formXml, fetchFormAttachment, missingResourceBehavior: "BLANK" });
createApp({ render: form }).use(webFormsPlugin).mount("#app");
