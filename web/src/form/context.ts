/**
 * What the controls of a form need from whoever shows it. The form knows no feature, camera, engine or database: it
 * draws a view and hands on what the person does.
 */
import { inject, provide, type InjectionKey } from "vue";

import type { Choice, NodeId, SignedAnswer, ViewNode } from "@/engine/types";
import type { Strokes } from "@/ui/strokes";

/** How the place was found, or why not. */
export type Place =
  | { kind: "found"; lat: number; lon: number; altitude: number; accuracyM: number }
  | { kind: "absent"; reason: "denied" | "unavailable" | "timeout" | "unsupported" };

/** Where a picture is to come from. */
export type PictureSource = "camera" | "gallery" | "viewfinder";

/** What goes on with a file that was chosen for a question. */
export type FileWork =
  | { kind: "idle" }
  /** How much is done, from 0 to 1, where that is known. */
  | { kind: "working"; share?: number }
  | { kind: "failed"; code: string; params?: Record<string, string> };

/** What is wrong with a photo, and why it is used all the same. */
export interface PhotoVerdict {
  /** Codes; empty where nothing is wrong. */
  findings: readonly string[];
  /** Empty until the person has said why. */
  reason: string;
}

/** What a page may offer for photos besides taking them. */
export interface PhotoServices {
  /** What was found wrong with a photo, by its file name; reactive. `null` for what was never judged. */
  verdict(name: string): PhotoVerdict | null;
  /** Keeps a photo with which something is wrong. */
  keep(node: ViewNode, reason: string): Promise<void>;
  /** Hands a copy with time and place on it to another app, or saves it. */
  share(node: ViewNode): Promise<void>;
}

/** A recording that is running. */
export interface Recording {
  /** Resolves when it ended, by itself too: where the microphone goes, or it is as large as it may be. */
  ended: Promise<unknown>;
  /** Ends it; the answer is set when the sound is safely stored. */
  keep(): Promise<void>;
}

/** How a question was signed: with strokes, or with a thumb print beside a witness. */
export interface GivenSignature {
  strokes: Strokes | null;
  /** The witness's name; `null` where strokes were given. */
  witness: string | null;
}

/** Who saw a thumb print given. */
export interface Witness {
  name: string;
  strokes: Strokes;
}

/** A witness whose thumb print is not photographed yet. */
export interface BegunWitness {
  name: string;
  strokes: Strokes | null;
}

/** The services of a page that shows a form. */
export interface FormHost {
  /** The node as it is now; reactive. */
  node(id: NodeId): ViewNode | undefined;
  /** Whether the violation of a question is to be shown yet; reactive. */
  isJudged(id: NodeId): boolean;
  /** Marks a question as touched: from now on its violation is shown. */
  judge(id: NodeId): void;
  answer(id: NodeId, value: string): Promise<void>;
  /** Hears that a field holds something that was not answered yet, or no longer. */
  typing?(id: NodeId, isOpen: boolean): void;
  search(id: NodeId, query: string, limit: number): Promise<Choice[]>;
  addInstance(repeat: NodeId): Promise<void>;
  removeInstance(instance: NodeId): Promise<void>;
  /** Opens a camera or a chooser for a picture; the answer is set when the file is safely stored. */
  takePicture(node: ViewNode, from: PictureSource): Promise<void>;
  /** Absent where photos are only taken. */
  photos?: PhotoServices;
  /** Opens a chooser for a sound, a film or another file. */
  chooseFile(node: ViewNode): Promise<void>;
  /** Starts a recording as good as the question wants it; `null` where the microphone is refused, which the question says. */
  record(node: ViewNode): Promise<Recording | null>;
  /** Stores a signature, unless there is too little ink: then the question is not answered. */
  sign(node: ViewNode, strokes: Strokes): Promise<void>;
  /** Returns how a question was signed, if it was. */
  signatureOf(node: ViewNode): Promise<GivenSignature | null>;
  /** Returns the answers that a signature covers, where the form says so. */
  signedAnswers(node: ViewNode): Promise<SignedAnswer[]>;
  /** Whether a thumb print can stand in for a signature. */
  hasThumbPrint: boolean;
  /** Returns whether strokes hold enough ink to be a signature. */
  hasEnoughInk(strokes: Strokes): Promise<boolean>;
  /** Takes the picture of a thumb print; the answer is set when the photo is safely stored. */
  thumbPrint(node: ViewNode, from: PictureSource, witness: Witness): Promise<void>;
  /** Stores who begins to witness a thumb print, for the camera may cost the page its life; or forgets it. */
  keepWitness?(node: ViewNode, begun: BegunWitness | null): Promise<void>;
  /** Returns who began to witness a thumb print, as long as the answers are the same. */
  witnessOf?(node: ViewNode): Promise<BegunWitness | null>;
  /** Address of a stored file for an `<img>`, or `null`; the caller revokes it. */
  fileUrl(name: string): Promise<string | null>;
  /** What goes on with the file of a question; reactive. */
  fileWork(id: NodeId): FileWork;
  /** Whether an in-page viewfinder can be offered. */
  hasViewfinder: boolean;
  /** Whether sound can be recorded in the page. */
  hasRecorder: boolean;
  locate(node: ViewNode): Promise<Place>;
}

const KEY: InjectionKey<FormHost> = Symbol("form host");

/** Makes a host available to the controls below. */
export function provideHost(host: FormHost): void {
  provide(KEY, host);
}

/** Returns the host of the form that a control belongs to. */
export function useHost(): FormHost {
  const host = inject(KEY);
  if (!host) throw new Error("a form control stands outside a form");
  return host;
}

/** Returns the id of a question's element in the page. */
export function elementId(id: NodeId): string {
  return `q${id}`;
}
