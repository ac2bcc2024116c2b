/** Photos as cameras write them, decoded and made small in wasm: nothing but the file and the small picture is held. */
import { darkroom } from "@/engine/darkroom";
import type { SmallPhoto } from "@/engine/evidence-contract";
import type { PictureFile } from "./decode";
import type { Limits } from "./ladder";

/** How often all of it is rehearsed. */
const REHEARSALS = 6;

/** Returns a photo within the edge limit, upright; rejects where its file is not as cameras write them. */
export async function developed({ bytes, head }: PictureFile, limits: Limits): Promise<SmallPhoto> {
  const photo = (await darkroom()).developJpeg(bytes, limits.edge_px, head.orientation);
  if (!photo) throw new Error("not as cameras write it");
  return photo;
}

/** Makes noise small until the browser has compiled all of it for speed: the first photo must not wait for that. */
export async function warmUpDarkroom(): Promise<void> {
  const { rehearse } = await darkroom();
  for (let round = 0; round < REHEARSALS; round += 1) rehearse();
}
