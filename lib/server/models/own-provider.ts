import { protocolOf } from "./protocols";
import type { ProviderSettings } from "./provider";

/** What somebody says of a provider that they add, its secrets opened. */
export type OwnProvider = {
  name: string;
  providerType: string;
  apiKey: string | null;
  accessKey: string | null;
  baseUrl: string | null;
  region: string | null;
  apiVersion: string | null;
};

/** As it is made. At Bedrock, an access key makes the other its secret; alone, the key is a bearer's. */
export function ownSettings(own: OwnProvider): ProviderSettings {
  const { name, providerType, apiKey, accessKey, region, apiVersion } = own;
  const { protocol: type, baseUrl } = protocolOf(providerType);
  const base = { name, type, category: "byok" as const, baseUrl: own.baseUrl ?? baseUrl };
  if (type === "bedrock" && accessKey) {
    return { ...base, apiKey: null, cloud: { region, accessKeyId: accessKey, secretAccessKey: apiKey } };
  }
  return { ...base, apiKey, cloud: { region, apiVersion } };
}
