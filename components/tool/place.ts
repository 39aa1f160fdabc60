import type { ListPlace } from "../shell/detail-page";

/** The list that every tool's page leads back to. */
export const TOOLS: ListPlace = { href: "/tools", name: "Tools" };
