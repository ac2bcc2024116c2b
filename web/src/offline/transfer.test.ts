import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { ApiError } from "@/api/client";
import type { SentFile } from "@/api/tus";
import type { Parcel } from "@/api/upload";
import type { Receipt } from "@/api/types";
import { SMALL_BYTES } from "./queue";
import { pauseMs, transfer, type Network, type Progress } from "./transfer";

const KB = 1024;
const receipt: Receipt = { number: "20261121-K7Q2M9", instance_id: "uuid:1", received_at: 1, digest: "d", n_attachments: 0 };

function file(name: string, kilobytes: number, mediaType = "image/jpeg"): SentFile {
  return { name, mediaType, bytes: new ArrayBuffer(kilobytes * KB), sha256: `hash of ${name}` };
}

function parcel(...files: SentFile[]): Parcel {
  const seal = { version: 1, instance_id: "", xml_sha256: "", attachments: [], digest: "d", device_time_ms: 0, device_id: "" };
  return { accountId: "a1", xml: "<data/>", seal, notes: "", taskId: null, files };
}

/** What may happen to one request. */
type Fate =
  | "well"
  /** Nothing arrives. */
  | "lost"
  /** Part of a piece arrives, then the line breaks. */
  | "half"
  /** All arrives, the answer does not. */
  | "unanswered";

/**
 * The other end of the line, and the line: keeps uploads as the protocol tells, and lets each request meet its fate. Counts
 * every byte that was put on the line, and takes a visit only when all its files are there.
 */
class Line implements Network {
  readonly uploads = new Map<string, { sha256: string; length: number; offset: number }>();
  readonly whole = new Set<string>();
  readonly received: string[][] = [];
  n_bytes = 0;
  paused: number[] = [];
  time = 0;
  private readonly fates: Fate[];

  constructor(fates: readonly Fate[] = []) {
    this.fates = [...fates];
  }

  async askKnown(hashes: readonly string[]) {
    return this.meet(() => ({
      known: hashes.filter((it) => this.whole.has(it)),
      begun: [...this.uploads].flatMap(([url, it]) =>
        hashes.includes(it.sha256) && !this.whole.has(it.sha256) ? [{ sha256: it.sha256, url, offset_bytes: it.offset }] : [],
      ),
    }));
  }

  async announce({ sha256, bytes }: SentFile) {
    return this.meet(() => {
      const same = [...this.uploads].find(([, it]) => it.sha256 === sha256 && it.offset === 0);
      const url = same?.[0] ?? `/u/${this.uploads.size}`;
      this.uploads.set(url, { sha256, length: bytes.byteLength, offset: 0 });
      return url;
    });
  }

  async sendPiece(url: string, offset: number, piece: ArrayBuffer, onProgress: (sent: number) => void) {
    const fate = this.fates[0] ?? "well";
    this.time += piece.byteLength / 12.5;
    if (fate === "half" || fate === "well" || fate === "unanswered") this.n_bytes += fate === "half" ? piece.byteLength / 2 : piece.byteLength;
    onProgress(piece.byteLength);
    return this.meet(
      () => this.take(url, offset, piece.byteLength),
      () => this.take(url, offset, Math.floor(piece.byteLength / 2)),
    );
  }

  async offsetOf(url: string) {
    return this.meet(() => {
      const it = this.uploads.get(url);
      if (!it) throw new ApiError(404, "not_found");
      return it.offset;
    });
  }

  async handIn({ files }: Parcel, sent: ReadonlySet<string>) {
    return this.meet(() => {
      const missing = files.filter((it) => sent.has(it.name) && !this.whole.has(it.sha256));
      if (missing.length > 0) throw new ApiError(409, "submission.files_missing");
      this.received.push(files.map((it) => (sent.has(it.name) ? it.sha256 : `with it: ${it.name}`)));
      return receipt;
    });
  }

  now() {
    return this.time;
  }

  async pause(ms: number) {
    this.paused.push(ms);
    this.time += ms;
  }

  random() {
    return 0.5;
  }

  private take(url: string, offset: number, length: number): number {
    const it = this.uploads.get(url);
    if (!it) throw new ApiError(404, "not_found");
    if (it.offset !== offset) throw new ApiError(409, "upload.offset");
    it.offset += length;
    if (it.offset === it.length) this.whole.add(it.sha256);
    return it.offset;
  }

  private meet<T>(work: () => T, half: () => unknown = () => undefined): T {
    const fate = this.fates.shift() ?? "well";
    if (fate === "half") half();
    if (fate === "well") return work();
    if (fate === "unanswered") work();
    throw new ApiError(0, "network.unreachable");
  }
}

describe("a visit on its way", () => {
  it("sends its photos in pieces, its small files with the record, and tells how far it is", async () => {
    const line = new Line();
    const told: Progress[] = [];
    const visit = parcel(file("a.jpg", 100), file("s.strokes", 3), file("b.jpg", 60));
    expect(await transfer(visit, line, (it) => told.push(it))).toBe(receipt);
    expect(line.received).toEqual([["hash of a.jpg", "with it: s.strokes", "hash of b.jpg"]]);
    expect(line.n_bytes).toBe(160 * KB);
    expect(told.map((it) => it.file)).toEqual([...told.map((it) => it.file)].sort((a, b) => (a || 9) - (b || 9)));
    expect(told.every((it) => it.n_files === 2 && it.sent_bytes <= it.total_bytes && it.kept_bytes <= it.sent_bytes)).toBe(true);
    expect(told.at(-1)).toMatchObject({ file: 0, kept_bytes: 160 * KB });
  });

  it("sends nothing that the server knows, and goes on where it had stopped", async () => {
    const line = new Line();
    const visit = parcel(file("a.jpg", 100), file("b.jpg", 100), file("c.jpg", 100));
    line.whole.add("hash of a.jpg");
    line.uploads.set("/u/before", { sha256: "hash of b.jpg", length: 100 * KB, offset: 70 * KB });
    const told: Progress[] = [];
    await transfer(visit, line, (it) => told.push(it));
    expect(line.n_bytes).toBe(130 * KB);
    expect(told[0]).toMatchObject({ sent_bytes: 170 * KB, kept_bytes: 170 * KB, file: 1 });
  });

  it("asks nothing where there is nothing large, and sends all at once to a server of before", async () => {
    const line = new Line();
    line.askKnown = async () => Promise.reject(new Error("not to be asked"));
    await transfer(parcel(file("s.strokes", 3)), line, () => undefined);
    line.askKnown = async () => null as never;
    await transfer(parcel(file("a.jpg", 100)), line, () => undefined);
    expect(line.received).toEqual([["with it: s.strokes"], ["with it: a.jpg"]]);
  });

  it("sends again what the server lost, and not for ever", async () => {
    const line = new Line();
    const visit = parcel(file("a.jpg", 40));
    const handIn = line.handIn.bind(line);
    let n = 0;
    line.handIn = (...it) => {
      n += 1;
      if (n < 3) line.whole.clear();
      if (n < 3) line.uploads.clear();
      return handIn(...it);
    };
    expect(await transfer(visit, line, () => undefined)).toBe(receipt);
    expect(line.n_bytes).toBe(120 * KB);
    n = -9;
    await expect(transfer(parcel(file("b.jpg", 40)), line, () => undefined)).rejects.toMatchObject({ code: "submission.files_missing" });
  });

  it("puts a file that is damaged twice with the record, for a person to judge", async () => {
    const line = new Line();
    line.sendPiece = async () => Promise.reject(new ApiError(460, "upload.checksum"));
    await transfer(parcel(file("a.jpg", 40)), line, () => undefined);
    expect(line.received).toEqual([["with it: a.jpg"]]);
  });

  it("begins anew where its upload is gone, once", async () => {
    const line = new Line();
    const visit = parcel(file("a.jpg", 40));
    line.askKnown = async () => ({ known: [], begun: [{ sha256: "hash of a.jpg", url: "/u/gone", offset_bytes: 10 * KB }] });
    expect(await transfer(visit, line, () => undefined)).toBe(receipt);
    line.announce = async () => "/u/gone";
    await expect(transfer(parcel(file("b.jpg", 40)), line, () => undefined)).rejects.toMatchObject({ status: 404 });
  });

  it("goes back to waiting when nothing moves, and at once where the server refuses", async () => {
    const dead = new Line(Array.from({ length: 99 }, () => "lost" as const));
    await expect(transfer(parcel(file("a.jpg", 40)), dead, () => undefined)).rejects.toMatchObject({ status: 0 });
    expect(dead.paused).toEqual([375, 750, 1500, 3000]);
    const busy = new Line();
    busy.announce = async () => Promise.reject(new ApiError(429, "upload.quota", {}, [], 300));
    await expect(transfer(parcel(file("a.jpg", 40)), busy, () => undefined)).rejects.toMatchObject({ retryAfterS: 300 });
    expect(busy.paused).toEqual([]);
  });

  it("gets through on any line that lets something through, once, and with few bytes twice", async () => {
    const fate = fc.constantFrom<Fate>("well", "well", "well", "lost", "half", "unanswered");
    const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.array(fate, { maxLength: 60 }), sizes, async (fates, sizes) => {
        const line = new Line(fates);
        const files = sizes.map((size, at) => file(`f${at}.jpg`, size));
        const large = files.filter((it) => it.bytes.byteLength > SMALL_BYTES);
        let tries = 0;
        for (;;) {
          tries += 1;
          expect(tries).toBeLessThan(100);
          const done = await transfer(parcel(...files), line, () => undefined).catch(() => null);
          if (done) break;
        }
        expect(line.received.length).toBeGreaterThan(0);
        const total = large.reduce((sum, it) => sum + it.bytes.byteLength, 0);
        // Whatever arrived is never sent again: what is on the line twice is nothing.
        expect(line.n_bytes).toBeLessThanOrEqual(total + fates.length);
        expect([...line.whole].sort()).toEqual(large.map((it) => it.sha256).sort());
      }),
      { numRuns: 200 },
    );
  });
});

describe("a break", () => {
  it("is followed by a wait of its own chance", () => {
    expect([pauseMs(1, 0), pauseMs(1, 1), pauseMs(4, 0), pauseMs(4, 1)]).toEqual([250, 500, 2_000, 4_000]);
  });
});
