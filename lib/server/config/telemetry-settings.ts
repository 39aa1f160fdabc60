/** Where spans are sent, and what they may say. */
export type TelemetrySettings = {
  tracesUrl: string;
  headers: Record<string, string>;
  serviceName: string;
  resource: Record<string, string>;
  /** Whether spans carry what was said, and arguments and returns of tools. */
  captureContent: boolean;
};

/**
 * The settings of OpenTelemetry's own environment variables, as its specification has them; null where they name nowhere
 * to send traces to, or turn it off.
 */
export function telemetrySettings(get: (name: string) => string | null): TelemetrySettings | null {
  const off = get("OTEL_SDK_DISABLED")?.toLowerCase() === "true" || get("OTEL_TRACES_EXPORTER") === "none";
  const own = get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  const base = get("OTEL_EXPORTER_OTLP_ENDPOINT");
  const tracesUrl = own ?? (base && `${base.replace(/\/+$/, "")}/v1/traces`);
  if (off || !tracesUrl || !URL.canParse(tracesUrl)) return null;
  const resource = pairs(get("OTEL_RESOURCE_ATTRIBUTES"));
  return {
    tracesUrl,
    headers: { ...pairs(get("OTEL_EXPORTER_OTLP_HEADERS")), ...pairs(get("OTEL_EXPORTER_OTLP_TRACES_HEADERS")) },
    serviceName: get("OTEL_SERVICE_NAME") ?? resource["service.name"] ?? "memoir",
    resource,
    captureContent: /^(true|1|span_only|span_and_event)$/i.test(
      get("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT") ?? "",
    ),
  };
}

/** `a=1,b=2`, with escapes as in URLs. What has no `=` is passed over. */
function pairs(text: string | null): Record<string, string> {
  const entries = (text ?? "").split(",").flatMap((pair): [string, string][] => {
    const at = pair.indexOf("=");
    return at > 0 ? [[unescaped(pair.slice(0, at).trim()), unescaped(pair.slice(at + 1).trim())]] : [];
  });
  return Object.fromEntries(entries);
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
