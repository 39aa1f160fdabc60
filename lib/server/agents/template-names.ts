import { badRequest } from "../core/errors";

/** A project by which templates without one are addressed, because a path has no empty segment. */
export const DEFAULT_PROJECT = "default";

/** The project as it is kept: empty for none. */
export const projectKey = (id: string | null | undefined) => (!id || id === DEFAULT_PROJECT ? "" : id);

/** Which state of a template: a version by its number, the newest, or the working copy. */
export type Wanted = number | "latest" | "current";

/**
 * A template's name and version, from `name`, `name:version` or `project/name:version`; without a version it is the
 * newest.
 *
 * @throws ApiError `bad-request` for a version that can't be.
 */
export function readRef(text: string): { name: string; version: Wanted } {
  const own = text.slice(text.lastIndexOf("/") + 1);
  const colon = own.indexOf(":");
  if (colon < 0) return { name: own, version: "latest" };
  return { name: own.slice(0, colon), version: readVersion(own.slice(colon + 1)) };
}

/** @throws ApiError `bad-request` for what is neither a number nor a word for one. */
export function readVersion(text: string): Wanted {
  if (text === "latest") return "latest";
  if (text === "current" || text === "dev") return "current";
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw badRequest(`INVALID_ARGUMENT: '${text}' is no version of a template: give a number, latest or current`);
}
