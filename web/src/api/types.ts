/** Shapes of the server's answers that both pages share; the server's `openapi.json` describes them. */

/** Roles, from the door to the street. */
export type Role = "volunteer" | "grid_worker" | "adviser" | "supervisor" | "street" | "admin";

/** Who is signed in. */
export interface Account {
  id: string;
  username: string;
  name: string;
  role: Role;
  grids: string[];
  locale: string;
}

/** A session as the server opens or confirms it. */
export interface Session {
  account: Account;
  csrf_token: string;
  server_now_ms: number;
}

/** A text per language, e.g. `{"zh-CN": "入户认证", "en": "Doorstep certification"}`. */
export type Localized = Record<string, string>;

/** Proof that the server has a submission. */
export interface Receipt {
  number: string;
  instance_id: string;
  received_at: number;
  digest: string;
  n_attachments: number;
}
