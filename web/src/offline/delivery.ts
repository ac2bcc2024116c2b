/** The network as it is, for the way of one visit. Fetched when something is to be sent. */
import { ApiError } from "@/api/client";
import { announce, offsetOf, sendPiece } from "@/api/tus";
import { askKnown, handIn, type Parcel } from "@/api/upload";
import type { Receipt } from "@/api/types";
import { transfer, type Network, type Progress } from "./transfer";

/**
 * Brings a visit to the server and returns its receipt. Stops between two pieces with `network.wifi_left` once it may not
 * go over the network there is.
 */
export function deliver(parcel: Parcel, mayGo: () => boolean, tell: (progress: Progress) => void): Promise<Receipt> {
  const { accountId } = parcel;
  const network: Network = {
    askKnown: (hashes) => askKnown(hashes, accountId),
    announce: (file) => announce(file, accountId),
    offsetOf: (url) => offsetOf(url, accountId),
    handIn,
    sendPiece: (...piece) => {
      if (!mayGo()) throw new ApiError(0, "network.wifi_left");
      return sendPiece(...piece, accountId);
    },
    now: () => performance.now(),
    pause: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
    random: Math.random,
  };
  return transfer(parcel, network, tell);
}
