"use client";
import { useQuery } from "@tanstack/react-query";
import { modelsQuery } from "@/lib/client/api/server-queries";
import { Select } from "../ui/input";

type ModelSelectProps = { id: string; value: string; onChange: (model: string) => void };

/** The models that there are; one that there is no more stays chosen. */
export function ModelSelect({ id, value, onChange }: ModelSelectProps) {
  const models = useQuery(modelsQuery());
  const handles = models.data?.map((model) => model.handle) ?? [];
  return (
    <Select id={id} value={value} onChange={(event) => onChange(event.target.value)}>
      {!handles.includes(value) && <option value={value}>{value}</option>}
      {handles.map((handle) => (
        <option key={handle} value={handle}>
          {handle}
        </option>
      ))}
    </Select>
  );
}
