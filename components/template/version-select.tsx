"use client";
import { useQuery } from "@tanstack/react-query";
import { type AgentTemplate, templateVersionsQuery } from "@/lib/client/template/template-queries";
import { Select } from "../ui/input";

type VersionSelectProps = {
  id: string;
  template: AgentTemplate;
  value: string;
  onChange: (version: string) => void;
  /** Also offers the working copy. */
  withCurrent?: boolean;
};

/** One of a template's versions; `latest` stays the newest whatever is saved meanwhile. */
export function VersionSelect({ id, template, value, onChange, withCurrent = false }: VersionSelectProps) {
  const versions = useQuery(templateVersionsQuery(template));
  return (
    <Select id={id} value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="latest">newest (v{template.latest_version})</option>
      {withCurrent && <option value="current">working copy, as it is now</option>}
      {versions.data?.versions.map(({ version, message }) => (
        <option key={version} value={version}>
          v{version}
          {message ? `: ${message.slice(0, 60)}` : ""}
        </option>
      ))}
    </Select>
  );
}
