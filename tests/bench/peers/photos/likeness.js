/** How like two pictures are: SSIM (Wang and others, 2004) of their luma in windows of 8 x 8, every 4 pixels. */

const WINDOW = 8;
const STEP = 4;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

/** Returns the mean SSIM of two pictures of one size, one byte a pixel: 1 where they are the same. */
export function ssim(a, b, width, height) {
  let [sum, n] = [0, 0];
  for (let y = 0; y + WINDOW <= height; y += STEP) {
    for (let x = 0; x + WINDOW <= width; x += STEP) {
      sum += ofWindow(a, b, y * width + x, width);
      n += 1;
    }
  }
  return sum / n;
}

function ofWindow(a, b, start, width) {
  let [sumA, sumB, squaresA, squaresB, products] = [0, 0, 0, 0, 0];
  for (let y = 0; y < WINDOW; y++) {
    for (let at = start + y * width; at < start + y * width + WINDOW; at++) {
      const [p, q] = [a[at], b[at]];
      sumA += p;
      sumB += q;
      squaresA += p * p;
      squaresB += q * q;
      products += p * q;
    }
  }
  const n = WINDOW * WINDOW;
  const [meanA, meanB] = [sumA / n, sumB / n];
  const [varianceA, varianceB] = [squaresA / n - meanA ** 2, squaresB / n - meanB ** 2];
  const covariance = products / n - meanA * meanB;
  return ((2 * meanA * meanB + C1) * (2 * covariance + C2)) / ((meanA ** 2 + meanB ** 2 + C1) * (varianceA + varianceB + C2));
}

/** In the page: decodes a JPEG to luma of a size, enlarging it where it is smaller. Stands alone. */
export async function lumaOf({ jpeg, width, height }) {
  const image = await createImageBitmap(await (await fetch(`data:image/jpeg;base64,${jpeg}`)).blob());
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  let text = "";
  for (let at = 0; at < data.length; at += 4) text += String.fromCharCode(Math.round(0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2]));
  return { width: image.width, height: image.height, luma: btoa(text) };
}
