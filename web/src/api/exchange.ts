/** One request by `XMLHttpRequest`, because `fetch` tells nothing of how much has been sent. */
import { accountHeaders, ApiError, csrfHeaders, errorFrom } from "./client";
import { reading, tellTime } from "./time";

/** What is asked. */
export interface Asked {
  method: "POST" | "PATCH" | "HEAD" | "DELETE";
  /** From the root of the server, e.g. `/api/v1/uploads`. */
  url: string;
  /** Whose it is: somebody else may sign in on this page while it goes on. */
  account: string;
  headers?: Readonly<Record<string, string>>;
  body?: XMLHttpRequestBodyInit | null;
  /** No byte moved for this long: the connection is dead. */
  silenceMs: number;
  onProgress?: (sentBytes: number) => void;
}

/** An answer of 2xx. */
export interface Answered {
  status: number;
  text: string;
  header(name: string): string | null;
}

/** Asks and returns the answer once its status is 2xx. Throws `ApiError`, with status 0 where none came. */
export function exchange(asked: Asked): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let silence = 0;
    let sent = reading();
    const watch = () => {
      clearTimeout(silence);
      silence = setTimeout(() => request.abort(), asked.silenceMs) as unknown as number;
    };
    const lost = () => {
      clearTimeout(silence);
      reject(new ApiError(0, "network.unreachable"));
    };
    request.open(asked.method, asked.url);
    for (const [name, value] of Object.entries({ ...csrfHeaders(), ...accountHeaders(asked.account), ...asked.headers })) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      watch();
      asked.onProgress?.(event.loaded);
    };
    request.upload.onload = () => (sent = reading());
    request.onerror = request.onabort = lost;
    request.onload = () => {
      clearTimeout(silence);
      const header = (name: string) => request.getResponseHeader(name);
      tellTime(header, sent);
      const { status, responseText: text } = request;
      if (status >= 200 && status < 300) resolve({ status, text, header });
      else reject(errorFrom(status, text, header("retry-after")));
    };
    watch();
    request.send(asked.body ?? null);
  });
}
