/** Photos as cameras write them, decoded and made small in wasm: nothing but the file and the small picture is held. */
import { darkroom } from "@/engine/darkroom";
import type { SmallPhoto } from "@/engine/evidence-contract";
import type { PictureFile } from "./decode";
import type { Limits } from "./ladder";

/** How often all of it is rehearsed. */
const REHEARSALS = 6;

/** The code of a photo whose file is damaged: other decoders would show it with a rest that is none. */
const DAMAGED = "photo.incomplete";

let isInUse = false;

/** Returns a photo within the edge limit, upright, or why there is none; rejects where its file is not as cameras write them. */
export async function developed({ bytes, head }: PictureFile, limits: Limits): Promise<SmallPhoto | typeof DAMAGED> {
  isInUse = true;
  const { developJpeg } = await darkroom();
  try {
    return developJpeg(bytes, limits.edge_px, head.orientation);
  } catch (error) {
    if (error === DAMAGED) return DAMAGED;
    throw error;
  }
}

/** Makes noise small until the browser has compiled all of it for speed, or a photo comes: that one must not wait. */
export async function warmUpDarkroom(): Promise<void> {
  const { rehearse } = await darkroom();
  for (let round = 0; round < REHEARSALS && !isInUse; round += 1) {
    rehearse();
    await new Promise((resolve) => setTimeout(resolve));
  }
}
