import type { Metadata } from "next";
import { FirstData } from "@/app/first-data";
import { IdentitiesPage } from "@/components/identity/identities-page";
import { identitiesList } from "@/lib/client/agent/identity-queries";

export const metadata: Metadata = { title: "Identities" };

export default function Identities() {
  return (
    <FirstData asks={[identitiesList("")]}>
      <IdentitiesPage />
    </FirstData>
  );
}
