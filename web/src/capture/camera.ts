/**
 * Files from the camera app, the gallery or the file system, through a plain file field.
 *
 * Android may end the page while the camera is in front, so the caller stores what it needs before it calls this.
 */

/** What to open. */
export interface Wanted {
  /** `image/*`, `audio/*`, … */
  mediaType: string;
  /** Ask for the camera instead of the gallery; browsers that do not know the wish show a choice. */
  useCamera: boolean;
}

/** Opens the chooser and returns the file, or `null` when the person closed it. */
export function chooseFile({ mediaType, useCamera }: Wanted): Promise<File | null> {
  return new Promise((resolve) => {
    const field = document.createElement("input");
    field.type = "file";
    field.accept = mediaType;
    field.hidden = true;
    if (useCamera) field.setAttribute("capture", "environment");
    const settle = (file: File | null) => {
      field.remove();
      resolve(file);
    };
    field.addEventListener("change", () => settle(field.files?.[0] ?? null));
    field.addEventListener("cancel", () => settle(null));
    // Kept in the page: some in-app browsers never report a file of a field that is not part of it.
    document.body.append(field);
    field.click();
  });
}

/** Returns whether a picture can be taken inside the page. Browsers allow it on https only. */
export function canShowViewfinder(): boolean {
  return typeof navigator.mediaDevices?.getUserMedia === "function" && window.isSecureContext;
}

/** Starts the rear camera; rejects when it is refused or missing. */
export function startCamera(): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: { ideal: "environment" }, width: { ideal: 1600 }, height: { ideal: 1200 } },
  });
}

/** Waits until the camera has shown a picture, before which there is nothing to take, or the viewfinder is closed. */
export function firstFrame(video: HTMLVideoElement): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      const hasFrame = video.videoWidth >= SMALLEST_FRAME && video.videoHeight >= SMALLEST_FRAME;
      if (hasFrame || !video.isConnected) resolve();
      else requestAnimationFrame(look);
    };
    look();
  });
}

/** Shortest side of a real frame, in pixels; cameras report less until their first one. */
const SMALLEST_FRAME = 32;

/** Returns the picture now seen, as it is: whoever keeps it encodes it, once. */
export function grabFrame(video: HTMLVideoElement): Promise<ImageBitmap> {
  return createImageBitmap(video);
}
