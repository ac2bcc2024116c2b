/** Sound recorded in the page, as good as the form wants it: `odk:quality`, with the figures that ODK Collect records at. */
import { LARGEST_FILE_BYTES } from "./limits";

interface Fidelity {
  bitsPerSecond: number;
  samplesPerSecond: number;
}

const NORMAL: Fidelity = { bitsPerSecond: 64_000, samplesPerSecond: 32_000 };
const FIDELITIES: Readonly<Record<string, Fidelity>> = {
  "voice-only": { bitsPerSecond: 12_200, samplesPerSecond: 8_000 },
  low: { bitsPerSecond: 24_000, samplesPerSecond: 32_000 },
  normal: NORMAL,
};
/** How often it is looked at how large a recording is, and from where on it ends: whatever comes after that is still taken. */
const PART_MS = 5_000;
const MOST_BYTES = LARGEST_FILE_BYTES - 500_000;
/** Kinds of files, the best first; Safari knows the last alone. */
const KINDS = ["audio/webm;codecs=opus", "audio/mp4"];

/** A recording that is running. */
export interface SoundRecording {
  /** Resolves when it ended, by itself too. */
  ended: Promise<Blob>;
  /** Ends it. */
  stop(): Promise<Blob>;
}

/** Returns whether sound can be recorded inside the page. Browsers allow it on https only. */
export function canRecord(): boolean {
  return typeof MediaRecorder === "function" && typeof navigator.mediaDevices?.getUserMedia === "function" && window.isSecureContext;
}

/** Starts the microphone; rejects when it is refused or missing. */
export async function recordSound(quality: string | undefined): Promise<SoundRecording> {
  const { bitsPerSecond, samplesPerSecond } = FIDELITIES[quality ?? ""] ?? NORMAL;
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, sampleRate: { ideal: samplesPerSecond } } });
  const mimeType = KINDS.find((it) => MediaRecorder.isTypeSupported(it));
  const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: bitsPerSecond });
  const parts: Blob[] = [];
  let nBytes = 0;
  recorder.addEventListener("dataavailable", ({ data }) => {
    parts.push(data);
    nBytes += data.size;
    if (nBytes > MOST_BYTES && recorder.state === "recording") recorder.stop();
  });
  const ended = new Promise<Blob>((resolve) => {
    // It ends by itself too, where the microphone goes.
    recorder.addEventListener("stop", () => {
      for (const track of stream.getTracks()) track.stop();
      resolve(new Blob(parts, { type: recorder.mimeType.split(";")[0] }));
    });
  });
  recorder.start(PART_MS);
  return {
    ended,
    stop() {
      if (recorder.state !== "inactive") recorder.stop();
      return ended;
    },
  };
}

/** Returns the end of a sound file's name. */
export function soundExtension({ type }: Blob): string {
  return type === "audio/mp4" ? "m4a" : (type.split("/")[1] ?? "bin");
}
