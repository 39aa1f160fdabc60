"use client";
import { useState } from "react";
import { type FormValues, fieldsOf, formOf, readArguments, readForm } from "./schema-form";

/** The arguments of a tool while they are filled in: in a form of its schema, or as JSON. */
export function useTrialForm(schema: unknown) {
  const [values, setValues] = useState<FormValues>({});
  const [json, setJson] = useState<string | null>(null);
  const [isShown, setShown] = useState(false);
  const fields = fieldsOf(schema);
  const { args, problems } = readForm(fields, values);
  const typed = json === null ? null : readJson(json);
  const submit = () => {
    setShown(true);
    if (typed) return typed.args;
    return Object.keys(problems).length === 0 ? args : null;
  };
  return {
    fields,
    values,
    setValues,
    json,
    setJson,
    /** Problems are shown once one has tried to send the form. */
    isShown,
    problems,
    jsonProblem: typed?.problem ?? null,
    /** @returns the arguments, or null where something is wrong with them. */
    submit,
    toJson: () => setJson(JSON.stringify(args, null, 2)),
    toForm: () => {
      if (!typed?.args) return setShown(true);
      setValues(formOf(fields, typed.args));
      setJson(null);
    },
  };
}

function readJson(text: string): { args: Record<string, unknown> | null; problem: string | null } {
  try {
    return { args: readArguments(text), problem: null };
  } catch (error) {
    return { args: null, problem: error instanceof Error ? error.message : String(error) };
  }
}
