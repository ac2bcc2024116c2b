import { beforeEach, describe, expect, it, vi } from "vitest";

import type { Located } from "@/capture/location";
import type { DeviceRequest } from "@/engine/types";
import { DeviceRequests } from "./requests";

const locate = vi.hoisted(() => vi.fn<() => Promise<Located>>());
vi.mock("@/capture/location", () => ({ locate }));

const asked = (id: number): DeviceRequest => ({ id, kind: "geopoint", reference: `/data/n${id}` });

describe("requests of the device", () => {
  const supplied: [number, string][] = [];
  const supply = (id: number, value: string) => Promise.resolve(void supplied.push([id, value]));

  beforeEach(() => {
    supplied.length = 0;
    locate.mockReset().mockResolvedValue({ kind: "found", lat: 36.06, lon: 103.83, altitude: 1520, accuracyM: 8 });
  });

  it("get the place, those that came together the same", async () => {
    const requests = new DeviceRequests(supply);
    requests.serve([asked(1), asked(2)]);
    await requests.settled();
    const place = "36.0600000 103.8300000 1520.0 8.0";
    expect(supplied).toEqual([[1, place], [2, place]]);
    expect(locate).toHaveBeenCalledTimes(1);
  });

  it("ask nobody where there are none", async () => {
    const requests = new DeviceRequests(supply);
    requests.serve([]);
    await requests.settled();
    expect(locate).not.toHaveBeenCalled();
  });

  it("stay blank where the device does not say", async () => {
    locate.mockResolvedValue({ kind: "absent", reason: "denied" });
    const requests = new DeviceRequests(supply);
    requests.serve([asked(1)]);
    await requests.settled();
    expect(supplied).toEqual([[1, ""]]);
  });

  it("are not answered into another visit", async () => {
    const requests = new DeviceRequests(supply);
    requests.serve([asked(1)]);
    requests.leave();
    await requests.settled();
    expect(supplied).toEqual([]);
  });
});
