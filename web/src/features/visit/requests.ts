/**
 * What a form asks of the device besides its questions: where it is. Answered one after the other while the person goes
 * on; a device that does not say leaves the answer blank.
 */
import { locate } from "@/capture/location";
import type { DeviceRequest } from "@/engine/types";
import { geopointText } from "@/form/geopoint";

/** Takes the answer to a request; empty where there is none. */
export type Supply = (request: number, value: string) => Promise<void>;

/** The requests of one open visit. */
export class DeviceRequests {
  private work: Promise<void> = Promise.resolve();
  private isLeft = false;

  constructor(private readonly supply: Supply) {}

  /** Answers requests in the background. Those that came together get the same place. */
  serve(requests: readonly DeviceRequest[]): void {
    if (requests.length === 0) return;
    // A request whose node is gone meanwhile is nobody's loss; a full store shows at the next answer.
    this.work = this.work.then(() => this.answer(requests)).catch(() => undefined);
  }

  /** Waits until what was asked so far is answered: as long as finding the place takes. */
  settled(): Promise<void> {
    return this.work;
  }

  /** Answers nothing more: the engine may hold another visit by now. The draft keeps what was never answered. */
  leave(): void {
    this.isLeft = true;
  }

  private async answer(requests: readonly DeviceRequest[]): Promise<void> {
    if (this.isLeft) return;
    const place = await locate(0);
    const value = place.kind === "found" ? geopointText(place) : "";
    for (const { id } of requests) if (!this.isLeft) await this.supply(id, value);
  }
}
