import type { Context, Attributes as OtelAttributes, Span, SpanContext } from "@opentelemetry/api";
import type { TelemetrySettings } from "../config/telemetry-settings";
import { createObserver } from "./observe";
import type { Attributes, OpenSpan, Spans, Telemetry } from "./telemetry";

const SCOPE = "memoir";
const CLOSE_MS = 2000;

/** Sends spans by OTLP over HTTP, in batches. Its packages are loaded only here, when there is somewhere to send to. */
export async function createTelemetry(settings: TelemetrySettings): Promise<Telemetry> {
  const [api, sdk, { resourceFromAttributes }, { OTLPTraceExporter }] = await Promise.all([
    import("@opentelemetry/api"),
    import("@opentelemetry/sdk-trace-base"),
    import("@opentelemetry/resources"),
    import("@opentelemetry/exporter-trace-otlp-http"),
  ]);
  const exporter = new OTLPTraceExporter({ url: settings.tracesUrl, headers: settings.headers });
  const provider = new sdk.BasicTracerProvider({
    resource: resourceFromAttributes({ ...settings.resource, "service.name": settings.serviceName }),
    spanProcessors: [new sdk.BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer(SCOPE);
  const contexts = new WeakMap<OpenSpan, Context>();
  const kinds = { internal: api.SpanKind.INTERNAL, client: api.SpanKind.CLIENT };

  function toOpenSpan(span: Span): OpenSpan {
    return {
      end(atMs, attributes = {}, error = null) {
        span.setAttributes(defined(attributes));
        if (error) {
          span.setAttribute("error.type", error.type);
          span.setStatus({ code: api.SpanStatusCode.ERROR, message: error.message });
        }
        span.end(atMs);
      },
    };
  }

  const spans: Spans = {
    begin(name, { kind, atMs, attributes, parent, traceparent }) {
      const remote = parent ? null : remoteSpan(traceparent);
      const outer = remote ? api.trace.setSpanContext(api.ROOT_CONTEXT, remote) : api.ROOT_CONTEXT;
      const context = (parent && contexts.get(parent)) ?? outer;
      const options = { kind: kinds[kind], startTime: atMs, attributes: defined(attributes) };
      const span = tracer.startSpan(name, options, context);
      const opened = toOpenSpan(span);
      contexts.set(opened, api.trace.setSpan(context, span));
      return opened;
    },
  };

  return {
    ...createObserver(spans, { captureContent: settings.captureContent, nowMs: Date.now }),
    async close() {
      const late = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_MS).unref());
      await Promise.race([provider.shutdown().catch(() => {}), late]);
    },
  };
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

/** The span that a W3C `traceparent` names; null for what is none. */
function remoteSpan(header: string | null | undefined): SpanContext | null {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(header?.trim().toLowerCase() ?? "") ?? [];
  if (!traceId || !spanId || !flags) return null;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}

function defined(attributes: Attributes): OtelAttributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
