/** Which tasks an inbox shows, and in what order. */
import type { Task } from "@/api/phone";
import type { Localized } from "@/api/types";
import type { Board } from "@/offline/board";
import { isUnsent } from "@/offline/queue";

/** How a due day looks from today. */
export type Due = { kind: "overdue" | "today" | "later"; days: number };

/**
 * The open tasks of a board: returned ones first, then by due day. Those done on this phone are left out, but for visits
 * that the server had when it was last asked: what it lists then is to be done again. No clock is asked which was first.
 */
export function openTasks(board: Board, known: ReadonlySet<string>): Task[] {
  const done = new Set<string>();
  for (const { id, task_id, upload } of board.outbox) {
    const isNews = isUnsent(upload) || !known.has(id);
    if (task_id !== null && isNews) done.add(task_id);
  }
  return board.tasks.filter((task) => !done.has(task.id)).sort(byUrgency);
}

/** Returns the tasks that have every word of a search in their name, pinyin, building or address. */
export function matching(tasks: readonly Task[], search: string): Task[] {
  const words = search.toLowerCase().split(/\s+/).filter((it) => it !== "");
  return tasks.filter((task) => {
    const text = `${task.search} ${task.label} ${task.building} ${task.address}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Returns how many days a civil day is away. */
export function dueFrom(due: string, today: string): Due {
  const days = Math.round((Date.parse(`${due}T00:00:00Z`) - Date.parse(`${today}T00:00:00Z`)) / 86_400_000);
  if (days < 0) return { kind: "overdue", days: -days };
  return days === 0 ? { kind: "today", days } : { kind: "later", days };
}

/** Returns the civil day at this place, `YYYY-MM-DD`. */
export function civilDay(at: Date): string {
  const [month, day] = [at.getMonth() + 1, at.getDate()].map((it) => String(it).padStart(2, "0"));
  return `${at.getFullYear()}-${month}-${day}`;
}

/** Returns the text of a language, else the Chinese one, else any. */
export function localText(text: Localized | string, language: string): string {
  if (typeof text === "string") return text;
  return text[language] ?? text["zh-CN"] ?? Object.values(text)[0] ?? "";
}

function byUrgency(a: Task, b: Task): number {
  const returned = Number(b.returned !== null) - Number(a.returned !== null);
  if (returned !== 0) return returned;
  if (a.due !== b.due) return a.due < b.due ? -1 : 1;
  return a.label < b.label ? -1 : Number(a.label > b.label);
}
