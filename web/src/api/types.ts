/** Shapes of the server's answers that both pages share, by their names here; `schema.gen.ts` is made from its code. */
import type { components } from "./schema.gen";

/** Every shape that the server describes, by the server's name. */
export type Schemas = components["schemas"];

/** Roles, from the door to the street. */
export type Role = Schemas["Role"];

/** Who is signed in. */
export type Account = Schemas["AccountBody"];

/** A session as the server opens or confirms it. */
export type Session = Schemas["SessionBody"];

/** A text per language, e.g. `{"zh-CN": "入户认证", "en": "Doorstep certification"}`. */
export type Localized = Readonly<Record<string, string>>;

/** Proof that the server has a submission. */
export type Receipt = Schemas["ReceiptBody"];

/** Something wrong with a form, workbook or register, and where. */
export type Diagnostic = Schemas["DiagnosticBody"];
