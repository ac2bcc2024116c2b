/** A finger on the glass: touches as the system sends them, not mouse events. */

/** One stroke of a finger through points given in parts (0 to 1) of the element. */
export async function stroke(page, element, points) {
  await element.scrollIntoViewIfNeeded();
  const box = await element.boundingBox();
  const places = points.map(([x, y]) => ({ x: box.x + x * box.width, y: box.y + y * box.height }));
  const session = await page.context().newCDPSession(page);
  const send = (type, touchPoints) => session.send("Input.dispatchTouchEvent", { type, touchPoints });
  await send("touchStart", places.slice(0, 1));
  for (const place of places.slice(1)) await send("touchMove", [place]);
  await send("touchEnd", []);
  await session.detach();
}

/** First stroke of a signature. */
export const WAVE = curve((t) => [0.12 + 0.5 * t, 0.5 + 0.28 * Math.sin(t * 9)]);

/** Second stroke of a signature. */
export const LOOP = curve((t) => [0.74 + 0.13 * Math.cos(t * 6.6), 0.5 + 0.25 * Math.sin(t * 6.6)]);

/** Signs in two strokes. */
export async function sign(page, pad) {
  await stroke(page, pad, WAVE);
  await stroke(page, pad, LOOP);
}

function curve(at) {
  return Array.from({ length: 36 }, (_, i) => at(i / 35));
}
