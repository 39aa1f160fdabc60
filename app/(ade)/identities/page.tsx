import type { Metadata } from "next";
import { IdentitiesPage } from "@/components/identity/identities-page";

export const metadata: Metadata = { title: "Identities" };

export default function Identities() {
  return <IdentitiesPage />;
}
