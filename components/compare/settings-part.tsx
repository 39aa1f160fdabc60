import type { Cause } from "@/lib/client/api/wire";
import type { SettingPair } from "@/lib/client/time/comparison";
import { LineDiff } from "../diff/line-diff";
import { DiffFrame, Part, PartItem } from "./part";

type SettingsPartProps = {
  settings: readonly SettingPair[];
  /** What changed a setting, by its name. */
  causes: ReadonlyMap<string, readonly Cause[]>;
  onStep: (stepId: string) => void;
};

/** The agent's settings after both steps, where they differ. */
export function SettingsPart({ settings, causes, onStep }: SettingsPartProps) {
  return (
    <Part
      title="Settings"
      noun={["setting", "settings"]}
      equal={[]}
      changed={settings.map(({ name, before, after }) => (
        <PartItem
          key={name}
          name={<span className="font-mono">{name}</span>}
          change={before === null ? "added" : after === null ? "removed" : "changed"}
          causes={causes.get(name) ?? []}
          onStep={onStep}
        >
          <DiffFrame>
            <LineDiff before={before ?? ""} after={after ?? ""} />
          </DiffFrame>
        </PartItem>
      ))}
    />
  );
}
