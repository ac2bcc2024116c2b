/** A found place as the form keeps it: latitude, longitude, altitude and accuracy in metres. */
import type { Place } from "./context";

/** Returns the text of a geopoint. */
export function geopointText(place: Place & { kind: "found" }): string {
  return [place.lat.toFixed(7), place.lon.toFixed(7), place.altitude.toFixed(1), place.accuracyM.toFixed(1)].join(" ");
}
