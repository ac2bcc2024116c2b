/**
 * A visit in the engine as whoever shows it calls it, in the worker and on the page alike: what the wasm file gives as
 * text or packed comes out as objects, and rows of a list are asked for once.
 */
import { readOffered, readPatch, readRowChoices, type Offered } from "./packed";
import type { Choice, DeviceRequest, Finished, Located, NodeId, SignedAnswer, ViewNode, ViewPatch } from "./types";
import type { Visit } from "./wasm-contract";

/** A form being filled in. Ids are those of [`ViewNode`]; calls throw what the engine says, as JSON. */
export class EngineVisit {
  readonly #visit: Visit;
  /** By list and row: what the row is as a choice. */
  readonly #rows = new Map<number, Map<number, Choice>>();
  readonly #choices = (offered: Offered): Choice[] => this.#inFull(offered);

  constructor(visit: Visit) {
    this.#visit = visit;
  }

  pages(): NodeId[] {
    return Array.from(this.#visit.pages());
  }

  /** Returns a node and all below it; from now on changes tell of these nodes. */
  page(id: NodeId): ViewNode[] {
    return JSON.parse(this.#visit.page(id)) as ViewNode[];
  }

  /** Returns nodes as they are now. */
  nodes(ids: readonly NodeId[]): ViewNode[] {
    return JSON.parse(this.#visit.nodes(Uint32Array.from(ids))) as ViewNode[];
  }

  find(reference: string): NodeId | undefined {
    return this.#visit.find(reference);
  }

  /** Returns the path of a node as it is now; nothing where the node is gone. */
  reference(id: NodeId): string | undefined {
    return this.#visit.reference(id);
  }

  value(reference: string): string | undefined {
    return this.#visit.value(reference);
  }

  /** Answers a question. This and the next three return what changed of the nodes given out, and no more. */
  answer(id: NodeId, value: string, nowMs: number): ViewPatch {
    return readPatch(this.#visit.set(id, value, nowMs), this.#choices);
  }

  add(repeat: NodeId, nowMs: number): ViewPatch {
    return readPatch(this.#visit.insert(repeat, nowMs), this.#choices);
  }

  remove(instance: NodeId, nowMs: number): ViewPatch {
    return readPatch(this.#visit.remove(instance, nowMs), this.#choices);
  }

  supply(request: number, value: string, nowMs: number): ViewPatch {
    return readPatch(this.#visit.supply(request, value, nowMs), this.#choices);
  }

  language(): string {
    return this.#visit.language();
  }

  /** Switches the language; one the form does not have changes nothing. Returns what changed. */
  speak(language: string): ViewPatch {
    const units = this.#visit.speak(language);
    this.#rows.clear();
    return readPatch(units, this.#choices);
  }

  /** Returns at most `limit` choices whose label contains the query. */
  search(id: NodeId, query: string, limit: number): Choice[] {
    return this.#inFull(readOffered(this.#visit.search(id, query, limit)));
  }

  requests(): DeviceRequest[] {
    return JSON.parse(this.#visit.takeRequests()) as DeviceRequest[];
  }

  violations(): Located[] {
    return JSON.parse(this.#visit.violations()) as Located[];
  }

  /** Returns what a signature covers, for the file of its strokes; nothing where the form does not say. */
  binding(id: NodeId): Uint8Array | undefined {
    return this.#visit.binding(id);
  }

  signedAnswers(id: NodeId): SignedAnswer[] {
    return JSON.parse(this.#visit.signedAnswers(id)) as SignedAnswer[];
  }

  draft(): string {
    return this.#visit.draft();
  }

  submission(): string {
    return this.#visit.submission();
  }

  /** Ends the visit; throws what is still to be answered. */
  finish(nowMs: number): Finished {
    return JSON.parse(this.#visit.finish(nowMs)) as Finished;
  }

  free(): void {
    this.#visit.free();
  }

  #inFull(offered: Offered): Choice[] {
    if (offered.source === null) return offered.choices;
    const { source, rows } = offered;
    const known = this.#rows.get(source) ?? new Map<number, Choice>();
    this.#rows.set(source, known);
    const choices: Choice[] = [];
    const unknown: number[] = [];
    for (const row of rows) {
      const choice = known.get(row);
      if (choice) choices.push(choice);
      else unknown.push(row);
    }
    if (unknown.length === 0) return choices;
    const fetched = new Map<number, Choice>();
    readRowChoices(this.#visit.rowChoices(source, Uint32Array.from(unknown))).forEach(({ isFixed, choice }, at) => {
      (isFixed ? known : fetched).set(unknown[at] ?? 0, choice);
    });
    return rows.flatMap((row) => known.get(row) ?? fetched.get(row) ?? []);
  }
}
