/** Arithmetic of the dashboard's charts. */
import type { GridCounts } from "@/api/deskTypes";

/** Returns a share as `87 %`; a dash of nothing. What is not quite all is never rounded up to all, nor something down to none. */
export function percent(part: number, whole: number): string {
  if (whole <= 0) return "—";
  const exact = (part / whole) * 100;
  const rounded = part < whole ? Math.min(99, Math.round(exact)) : Math.round(exact);
  return `${part > 0 ? Math.max(1, rounded) : 0}%`;
}

/** Returns the share of holders whose certification has not run out; one that is due soon is still in force. */
export function inForce(counts: GridCounts): string {
  return percent(counts.certified + counts.due_soon, counts.holders);
}

/** A stretch of a bar in the bar's own units. */
export type Segment = { kind: "certified" | "due_soon" | "overdue"; x: number; width: number };

/** Returns a grid's bar: what is certified and not yet due, due soon, overdue; `most` holders fill `width`. */
export function segments(counts: GridCounts, most: number, width: number): readonly Segment[] {
  if (most <= 0) return [];
  let x = 0;
  return (["certified", "due_soon", "overdue"] as const).flatMap((kind) => {
    const segment = { kind, x, width: (counts[kind] / most) * width };
    x += segment.width;
    return segment.width > 0 ? [segment] : [];
  });
}

/** Returns the height of each bar when the largest fills `height`; what is not zero is at least 2 high. */
export function barHeights(values: readonly number[], height: number): readonly number[] {
  const most = Math.max(1, ...values);
  return values.map((value) => (value === 0 ? 0 : Math.max(2, (value / most) * height)));
}
