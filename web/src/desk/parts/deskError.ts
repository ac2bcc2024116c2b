/** What the engine or the converter refuses, as the desk shows it. */
import { ApiError } from "@/api/client";
import { EngineError } from "@/engine/client";

/** Returns what the server, the engine or the converter said as an error that the desk can show. */
export function toDeskError(caught: unknown): ApiError {
  if (caught instanceof ApiError) return caught;
  if (caught instanceof EngineError) return new ApiError(0, caught.code, caught.params);
  throw caught;
}
