import { afterEach, describe, expect, it, vi } from "vitest";

import { LARGEST_FILE_BYTES } from "./limits";
import { recordSound, soundExtension } from "./sound";

/** What was asked of the browser. */
const asked: { constraints?: unknown; options?: unknown; stopped: number } = { stopped: 0 };

class FakeRecorder extends EventTarget {
  static isTypeSupported = (kind: string) => kind === "audio/mp4";
  state = "inactive";
  mimeType = "audio/mp4;codecs=mp4a.40.2";

  constructor(_: unknown, options: unknown) {
    super();
    asked.options = options;
  }

  start() {
    this.state = "recording";
  }

  stop() {
    this.state = "inactive";
    this.dispatchEvent(Object.assign(new Event("dataavailable"), { data: new Blob(["sound"]) }));
    this.dispatchEvent(new Event("stop"));
  }
}

describe("a recording", () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each([
    ["voice-only", 12_200, 8_000],
    ["low", 24_000, 32_000],
    ["normal", 64_000, 32_000],
    [undefined, 64_000, 32_000],
  ])("of quality %s has %i bits and %i samples in a second", async (quality, bits, samples) => {
    asked.stopped = 0;
    const stream = { getTracks: () => [{ stop: () => (asked.stopped += 1) }] };
    const getUserMedia = async (constraints: unknown) => ((asked.constraints = constraints), stream);
    vi.stubGlobal("navigator", { mediaDevices: { getUserMedia } });
    vi.stubGlobal("MediaRecorder", FakeRecorder);
    const recording = await recordSound(quality);
    expect(asked.constraints).toEqual({ audio: { channelCount: 1, sampleRate: { ideal: samples } } });
    expect(asked.options).toEqual({ mimeType: "audio/mp4", audioBitsPerSecond: bits });
    const sound = await recording.stop();
    expect([sound.type, await sound.text(), soundExtension(sound)]).toEqual(["audio/mp4", "sound", "m4a"]);
    expect((await recording.stop()).size).toBe(5);
    expect(asked.stopped).toBe(1);
  });

  it("ends by itself before it is larger than the server takes", async () => {
    let recorder: FakeRecorder | undefined;
    class Recorder extends FakeRecorder {
      constructor(of: unknown, options: unknown) {
        super(of, options);
        recorder = this;
      }
    }
    vi.stubGlobal("navigator", { mediaDevices: { getUserMedia: async () => ({ getTracks: () => [] }) } });
    vi.stubGlobal("MediaRecorder", Recorder);
    const recording = await recordSound("normal");
    const part = new Blob([new Uint8Array(40_000)]);
    const give = () => recorder?.dispatchEvent(Object.assign(new Event("dataavailable"), { data: part }));
    give();
    expect(recorder?.state).toBe("recording");
    while (recorder?.state === "recording") give();
    const { size } = await recording.ended;
    expect(size).toBeLessThanOrEqual(LARGEST_FILE_BYTES);
    expect(size).toBeGreaterThan(0.9 * LARGEST_FILE_BYTES);
  });
});
