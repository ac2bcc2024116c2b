import { beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError } from "@/api/client";
import type { Role } from "@/api/types";
import { desk, enter, leave, mayChange, resume, toApiError } from "./account";

const session = vi.hoisted(() => ({ currentSession: vi.fn(), signIn: vi.fn(), signOut: vi.fn() }));
vi.mock("@/api/session", () => session);

function of(role: Role) {
  const account = { id: "S1", username: "liu", name: "刘", role, grids: [], locale: "zh-CN" };
  return { account, csrf_token: "t", server_now_ms: 0 };
}

beforeEach(() => {
  desk.value = { kind: "unknown" };
  vi.resetAllMocks();
});

describe("the seat at the desk", () => {
  it("is for supervisors, admins and, only to look, the street", async () => {
    const check = async (role: Role, kind: string, change: boolean) => {
      session.signIn.mockResolvedValueOnce(of(role));
      await enter("liu", "secret");
      expect([role, desk.value.kind, mayChange.value]).toEqual([role, kind, change]);
    };
    await check("supervisor", "signed_in", true);
    await check("admin", "signed_in", true);
    await check("street", "signed_in", false);
    await check("volunteer", "signed_out", false);
  });

  it("is taken up again with the session the browser has", async () => {
    session.currentSession.mockResolvedValueOnce(of("supervisor"));
    await resume();
    expect(desk.value.kind).toBe("signed_in");
    session.currentSession.mockResolvedValueOnce(null);
    await resume();
    expect(desk.value).toEqual({ kind: "signed_out", error: null });
  });

  it("is lost when any call says that the session ended, and only then", async () => {
    session.currentSession.mockResolvedValueOnce(of("supervisor"));
    await resume();
    toApiError(new ApiError(409, "review.already_decided"));
    expect(desk.value.kind).toBe("signed_in");
    const expired = new ApiError(401, "auth.expired");
    expect(toApiError(expired)).toBe(expired);
    expect(desk.value).toEqual({ kind: "signed_out", error: expired });
  });

  it("says when nobody answered the sign-out", async () => {
    session.signOut.mockRejectedValueOnce(new ApiError(0, "network.unreachable"));
    await leave();
    expect(desk.value).toMatchObject({ kind: "signed_out", error: { code: "network.unreachable" } });
  });

  it("does not take a mistake of our own for an answer of the server", () => {
    expect(() => toApiError(new TypeError("x"))).toThrow(TypeError);
  });
});
