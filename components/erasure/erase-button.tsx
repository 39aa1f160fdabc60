"use client";
import { Eraser } from "lucide-react";
import { useState } from "react";
import { type Erasable, useErase, WHAT_GOES } from "@/lib/client/memory/erase";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";

type EraseButtonProps = {
  erasable: Erasable;
  /** What it is, for who is asked: "the block “human”". */
  what: string;
  /** Whether the button says it in words. */
  inWords?: boolean;
  onErased?: () => void;
};

/** Erasing, apart from deleting: it asks first, says what goes, and that it can't come back. */
export function EraseButton({ erasable, what, inWords = false, onErased }: EraseButtonProps) {
  const [asking, setAsking] = useState(false);
  const label = `Erase ${what} from the past too`;
  return (
    <>
      {inWords ? (
        <Button needs="messages.erase" onClick={() => setAsking(true)}>
          <Eraser /> Erase from the past too…
        </Button>
      ) : (
        <Button
          needs="messages.erase"
          tone="ghost"
          size="icon-sm"
          aria-label={label}
          title={label}
          onClick={() => setAsking(true)}
        >
          <Eraser />
        </Button>
      )}
      {asking && (
        <EraseDialog
          erasable={erasable}
          what={what}
          onClose={() => setAsking(false)}
          onErased={() => {
            setAsking(false);
            onErased?.();
          }}
        />
      )}
    </>
  );
}

type EraseDialogProps = Pick<EraseButtonProps, "erasable" | "what"> & { onClose: () => void; onErased: () => void };

function EraseDialog({ erasable, what, onClose, onErased }: EraseDialogProps) {
  const [sure, setSure] = useState(false);
  const erase = useErase(onErased);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Erase ${what} from the past too?`}
      width="sm"
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button tone="danger" disabled={!sure || erase.isPending} onClick={() => erase.mutate(erasable)}>
            {erase.isPending ? "Erasing…" : "Erase for good"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 p-4">
        <p>{WHAT_GOES[erasable.type]}</p>
        <p className="text-muted">
          What others put in their own words stays, and so do backups that were made before. That it was erased, by whom
          and when, is kept; runs that a part is missing of can no longer be replayed.
        </p>
        <label className="flex items-start gap-2">
          <input type="checkbox" className="mt-1" checked={sure} onChange={(event) => setSure(event.target.checked)} />I
          know that it can’t be brought back.
        </label>
      </div>
      {erase.isError && <Problem error={erase.error} />}
    </Dialog>
  );
}
