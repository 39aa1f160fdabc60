import { z } from "@hono/zod-openapi";
import type { ImportForm } from "@/lib/api/agent-files";
import { apiCause, type Ctx } from "../core/core";
import { badRequest } from "../core/errors";
import { givenAgentFile } from "./given-file";
import { type Imported, importAgentFile, PLAIN_IMPORT } from "./import-file";

const COPY_SUFFIX = "_copy";

const secretsSchema = z.record(z.string().min(1).max(255), z.string());

/**
 * Makes agents of an uploaded file. Older names of fields count where the newer are not given.
 *
 * @throws ApiError as `readAgentFile` and `importAgentFile`; `bad-request` for secrets that are no JSON object of texts.
 */
export async function importUpload(
  ctx: Ctx,
  form: ImportForm,
  headers: { embedding: string | null; projectId: string | null },
): Promise<Imported> {
  return importAgentFile(ctx, await givenAgentFile(ctx, new TextDecoder().decode(form.file.bytes)), {
    ...PLAIN_IMPORT,
    name: form.name ?? form.override_name,
    nameSuffix: form.append_copy_suffix ? COPY_SUFFIX : "",
    stripMessages: form.strip_messages,
    secrets: secretsOf(form.secrets ?? form.env_vars_json),
    model: form.model ?? form.override_model_handle,
    embedding: form.embedding ?? form.override_embedding_handle ?? headers.embedding,
    projectId: form.project_id ?? headers.projectId,
    overrideTools: form.override_existing_tools,
    cause: { ...apiCause(ctx), kind: "import" },
  });
}

function secretsOf(text: string | null | undefined): Record<string, string> {
  if (!text?.trim()) return {};
  try {
    const parsed = secretsSchema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
  } catch {}
  throw badRequest("secrets must be a JSON object of texts");
}
