/** A drawn picture in place of a photograph, so that a form with photos can be tried without a camera. */

const USUAL_PX = 1280;

/** Returns a JPEG of the size a form asks for: hills under a sky. */
export async function samplePicture(maxPixels: number): Promise<Blob> {
  const width = Math.min(maxPixels || USUAL_PX, USUAL_PX);
  const height = Math.round((width * 3) / 4);
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  if (context) draw(context, width, height);
  return new Promise((resolve) => canvas.toBlob((it) => resolve(it ?? new Blob()), "image/jpeg", 0.8));
}

function draw(context: CanvasRenderingContext2D, width: number, height: number): void {
  const sky = context.createLinearGradient(0, 0, 0, height);
  sky.addColorStop(0, "#9cc4e8");
  sky.addColorStop(1, "#f4efe4");
  context.fillStyle = sky;
  context.fillRect(0, 0, width, height);
  context.fillStyle = "#f7d774";
  context.beginPath();
  context.arc(width * 0.76, height * 0.26, height * 0.09, 0, Math.PI * 2);
  context.fill();
  for (const [colour, base, swing] of [["#7fa37a", 0.62, 0.09], ["#55805c", 0.78, 0.06]] as const) {
    context.fillStyle = colour;
    context.beginPath();
    context.moveTo(0, height);
    for (let x = 0; x <= width; x += 8) context.lineTo(x, height * (base + swing * Math.sin((x / width) * 7 + base * 9)));
    context.lineTo(width, height);
    context.fill();
  }
}
