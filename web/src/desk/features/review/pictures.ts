/** What the desk knows of a visit's pictures: which flags are theirs, which can be shown, where else they were used. */
import type { Attachment, Flag, PictureMatch, Submission } from "@/api/deskTypes";

/** Formats that browsers show and the server hands out clean copies of. */
const STROKES = "application/vnd.doorstep.strokes";
const SHOWN: ReadonlySet<string> = new Set(["image/jpeg", "image/png", "image/webp", "image/gif", STROKES]);

export const isPicture = (it: Attachment): boolean => it.media_type.startsWith("image/") || (it.media_type === STROKES && it.width !== null);
export const isShown = (it: Attachment): boolean => SHOWN.has(it.media_type);

/** Returns the flags that stand at the answer which names a file. */
export function flagsOf(submission: Pick<Submission, "answers" | "flags">, name: string): readonly Flag[] {
  const answer = submission.answers.find((it) => it.control === "upload" && it.value === name);
  return answer === undefined ? [] : submission.flags.filter((it) => it.reference === answer.reference);
}

/** Whether the server has still to look at a picture. */
export const isWaiting = (it: Attachment): boolean => it.picture !== null && it.picture.looked_at === null;

/** Returns how alike two pictures are: `file` is the same byte by byte. */
export function alikeness(match: PictureMatch): "file" | "same" | "nearly" {
  if (match.is_same_file) return "file";
  return match.n_bits === 0 ? "same" : "nearly";
}

/** Returns the name under which a copy of a picture is saved. */
export function copyName(submission: Pick<Submission, "receipt_number">, it: Pick<Attachment, "name">): string {
  return `${submission.receipt_number}-${it.name}`;
}
