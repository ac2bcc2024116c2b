/** Finds the place, best effort: at most 15 s, and never a condition of anything. */

/** Where the phone is, or why nobody knows. */
export type Located =
  | { kind: "found"; lat: number; lon: number; altitude: number; accuracyM: number }
  | { kind: "absent"; reason: "denied" | "unavailable" | "timeout" | "unsupported" };

const LONGEST_MS = 15_000;
const GOOD_ENOUGH_M = 25;

/** Watches until a fix is good enough or time is up, and returns the best one. `stopAtM` is 0 where the form is silent. */
export function locate(stopAtM: number): Promise<Located> {
  if (!("geolocation" in navigator) || !window.isSecureContext) {
    return Promise.resolve({ kind: "absent", reason: "unsupported" });
  }
  return new Promise((resolve) => {
    let best: GeolocationPosition | null = null;
    const settle = (reason: "denied" | "unavailable" | "timeout") => {
      navigator.geolocation.clearWatch(watch);
      clearTimeout(timer);
      resolve(best ? found(best) : { kind: "absent", reason });
    };
    const timer = setTimeout(() => settle("timeout"), LONGEST_MS);
    const watch = navigator.geolocation.watchPosition(
      (position) => {
        if (!best || position.coords.accuracy < best.coords.accuracy) best = position;
        if (best.coords.accuracy <= (stopAtM || GOOD_ENOUGH_M)) settle("timeout");
      },
      (error) => settle(error.code === error.PERMISSION_DENIED ? "denied" : "unavailable"),
      { enableHighAccuracy: true, maximumAge: 0, timeout: LONGEST_MS },
    );
  });
}

function found({ coords }: GeolocationPosition): Located {
  return {
    kind: "found",
    lat: coords.latitude,
    lon: coords.longitude,
    altitude: coords.altitude ?? 0,
    accuracyM: coords.accuracy,
  };
}
