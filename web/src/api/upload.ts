/** Sends one finished visit. `XMLHttpRequest`, because `fetch` tells nothing of how much has been sent. */
import { ApiError, apiUrl, csrfHeaders, errorFrom } from "./client";
import { reading, tellTime } from "./time";
import type { Receipt, Schemas } from "./types";

/** A seal as the server takes it. */
export type Seal = Schemas["SealPart"];

/** A seal of version 1, of a visit finished before phones had keys. */
export interface FirstSeal {
  version: number;
  instance_id: string;
  xml_sha256: string;
  attachments: [name: string, sha256: string][];
  digest: string;
  device_time_ms: number;
  device_id: string;
}

/** A finished visit with all its files. */
export interface Parcel {
  xml: string;
  seal: Seal | FirstSeal;
  /** What the phone noted of the files, JSON; empty where nothing. */
  notes: string;
  taskId: string | null;
  files: { name: string; mediaType: string; bytes: ArrayBuffer }[];
}

/** No byte moved for this long: the connection is dead, the visit goes back to waiting. */
const STALL_MS = 60_000;

/**
 * Sends a parcel and returns the receipt. The same parcel may be sent any number of times: the server answers with the
 * same receipt. Throws `ApiError`, with status 0 where it is unknown whether the server has it.
 */
export async function sendParcel(parcel: Parcel, onProgress: (sent: number, total: number) => void): Promise<Receipt> {
  const text = await post("/submissions", toForm(parcel), onProgress);
  const answer = parseReceipt(text);
  if (!answer || answer.digest !== parcel.seal.digest) throw new ApiError(502, "submission.receipt_wrong");
  return answer;
}

function toForm(parcel: Parcel): FormData {
  const form = new FormData();
  form.append("xml_submission_file", new Blob([parcel.xml], { type: "text/xml" }), "submission.xml");
  form.append("seal", new Blob([JSON.stringify(parcel.seal)], { type: "application/json" }));
  if (parcel.taskId !== null) form.append("task_id", parcel.taskId);
  if (parcel.notes !== "") form.append("notes", new Blob([parcel.notes], { type: "application/json" }));
  for (const file of parcel.files) {
    form.append(file.name, new Blob([file.bytes], { type: file.mediaType }), file.name);
  }
  return form;
}

function parseReceipt(text: string): Receipt | null {
  try {
    return (JSON.parse(text) as Partial<Schemas["AcceptedBody"]>).receipt ?? null;
  } catch {
    return null;
  }
}

function post(path: string, body: FormData, onProgress: (sent: number, total: number) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let stalled = 0;
    let sent = reading();
    const watch = () => {
      clearTimeout(stalled);
      stalled = setTimeout(() => request.abort(), STALL_MS) as unknown as number;
    };
    const lost = () => {
      clearTimeout(stalled);
      reject(new ApiError(0, "network.unreachable"));
    };
    request.open("POST", apiUrl(path));
    for (const [name, value] of Object.entries(csrfHeaders())) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      watch();
      onProgress(event.loaded, event.total);
    };
    request.upload.onload = () => (sent = reading());
    request.onerror = request.onabort = lost;
    request.onload = () => {
      clearTimeout(stalled);
      tellTime((name) => request.getResponseHeader(name), sent);
      if (request.status >= 200 && request.status < 300) resolve(request.responseText);
      else reject(errorFrom(request.status, request.responseText, request.getResponseHeader("retry-after")));
    };
    watch();
    request.send(body);
  });
}
