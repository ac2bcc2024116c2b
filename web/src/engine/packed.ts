/**
 * Reads what the engine packs: numbers and texts in one array of 16-bit units, as `wasm-forms/bindings/src/packed.rs`
 * writes it. Two units say how many units of numbers follow; after those come all texts. A number takes two units.
 */
import type { AnswerState, Choice, InstanceChange, Media, NodePatch, Texts, ViewPatch } from "./types";

/** Choices as they are told: in full, or as rows of a list by number. */
export type Offered = { source: number; rows: number[] } | { source: null; choices: Choice[] };

/** What a row is as a choice, and whether it stays so until the language changes. */
export interface RowChoice {
  isFixed: boolean;
  choice: Choice;
}

/** Bits of what a node's patch has. */
const RELEVANCE = 1;
const IS_RELEVANT = 1 << 1;
const TEXTS = 1 << 2;
const ANSWER = 1 << 3;
const IS_READONLY = 1 << 4;
const IS_REQUIRED = 1 << 5;
const VIOLATION = 1 << 6;
const DISPLAY = 1 << 7;
const CHOICES = 1 << 8;
const REPEAT = 1 << 9;
const CAN_ADD = 1 << 10;
const CAN_REMOVE = 1 << 11;

/** Returns what changed; `choices` says what is offered. */
export function readPatch(units: Uint16Array, choices: (offered: Offered) => Choice[]): ViewPatch {
  const reader = new Reader(units);
  const pages = reader.number() !== 0;
  const changed = reader.each(() => readNode(reader, choices));
  const instances = reader.each((): InstanceChange => {
    const repeat = reader.number();
    const at = reader.number();
    const added = reader.number();
    return { repeat, at, added: added === 0 ? null : added - 1 };
  });
  const added = reader.each(() => reader.number());
  const removed = reader.each(() => reader.number());
  return { pages, changed, instances, added, removed };
}

export function readOffered(units: Uint16Array): Offered {
  return offeredOf(new Reader(units));
}

export function readRowChoices(units: Uint16Array): RowChoice[] {
  const reader = new Reader(units);
  return reader.each(() => ({ isFixed: reader.number() !== 0, choice: readChoice(reader) }));
}

function readNode(reader: Reader, choices: (offered: Offered) => Choice[]): NodePatch {
  const id = reader.number();
  const has = reader.number();
  const patch: NodePatch = { id };
  if (has & RELEVANCE) patch.relevant = (has & IS_RELEVANT) !== 0;
  if (has & TEXTS) patch.texts = readTexts(reader);
  if (has & ANSWER) patch.answer = readAnswer(reader, has);
  if (has & CHOICES) {
    patch.n_choices = reader.number();
    patch.choices = choices(offeredOf(reader));
  }
  if (has & REPEAT) patch.repeat = { count: reader.number(), can_add: (has & CAN_ADD) !== 0, can_remove: (has & CAN_REMOVE) !== 0 };
  return patch;
}

function readTexts(reader: Reader): Texts {
  const label = reader.text();
  const short = reader.text();
  const texts: Texts = { label, hint: reader.text() };
  const guidance = reader.text();
  if (short) texts.short = short;
  if (guidance) texts.guidance = guidance;
  const media = readMedia(reader);
  if (media.length > 0) texts.media = media;
  return texts;
}

function readAnswer(reader: Reader, has: number): AnswerState {
  const value = reader.text();
  const display = has & DISPLAY ? reader.text() : value;
  const violation = has & VIOLATION ? { code: reader.text(), message: reader.text() } : null;
  return { value, display, readonly: (has & IS_READONLY) !== 0, required: (has & IS_REQUIRED) !== 0, violation };
}

function offeredOf(reader: Reader): Offered {
  const source = reader.number();
  if (source === 0) return { source: null, choices: reader.each(() => readChoice(reader)) };
  return { source: source - 1, rows: reader.each(() => reader.number()) };
}

function readChoice(reader: Reader): Choice {
  const choice: Choice = { value: reader.text(), label: reader.text() };
  const media = readMedia(reader);
  if (media.length > 0) choice.media = media;
  return choice;
}

function readMedia(reader: Reader): Media[] {
  return reader.each(() => ({ form: reader.text(), address: reader.text() }));
}

/** Where the next number and the next text begin. */
class Reader {
  readonly #units: Uint16Array;
  /** All units, the numbers' among them: to leave those out would take another array. */
  readonly #texts: string;
  #at = 0;
  #from: number;

  constructor(units: Uint16Array) {
    this.#units = units;
    this.#texts = textOf(units);
    this.#from = 2 + this.number();
  }

  number(): number {
    const at = this.#at;
    this.#at = at + 2;
    return (this.#units[at] ?? 0) + (this.#units[at + 1] ?? 0) * 0x1_0000;
  }

  text(): string {
    const from = this.#from;
    this.#from = from + this.number();
    return this.#texts.slice(from, this.#from);
  }

  each<T>(read: () => T): T[] {
    const items: T[] = [];
    for (let left = this.number(); left > 0; left--) items.push(read());
    return items;
  }
}

/** So many units are turned into a text at once: every argument takes room on the stack. */
const AT_ONCE = 4_096;

function textOf(units: Uint16Array): string {
  if (units.length <= AT_ONCE) return String.fromCharCode.apply(null, units as unknown as number[]);
  let text = "";
  for (let from = 0; from < units.length; from += AT_ONCE) {
    text += String.fromCharCode.apply(null, units.subarray(from, from + AT_ONCE) as unknown as number[]);
  }
  return text;
}
