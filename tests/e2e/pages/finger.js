/** A finger on the glass: touches as the system sends them, not mouse events. */

/** Frames that a finger rests before it leaves the glass: one that leaves in full motion is a fling, and the tap after it only stops that. */
const REST_FRAMES = 24;

/** One stroke of a finger, a point a frame, through points given in parts (0 to 1) of the element. */
export async function stroke(page, element, points) {
  await element.scrollIntoViewIfNeeded();
  const box = await element.boundingBox();
  const places = points.map(([x, y]) => ({ x: box.x + x * box.width, y: box.y + y * box.height }));
  const session = await page.context().newCDPSession(page);
  const send = (type, touchPoints) => session.send("Input.dispatchTouchEvent", { type, touchPoints });
  await send("touchStart", places.slice(0, 1));
  for (const place of places.slice(1)) {
    await send("touchMove", [place]);
    await frames(page, 1);
  }
  await frames(page, REST_FRAMES);
  await send("touchEnd", []);
  await frames(page, REST_FRAMES);
  await session.detach();
}

/** Waits until so many frames were drawn. */
function frames(page, n) {
  return page.evaluate(async (left) => {
    for (; left > 0; left -= 1) await new Promise((resolve) => requestAnimationFrame(resolve));
  }, n);
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
  return Array.from({ length: 24 }, (_, i) => at(i / 23));
}
