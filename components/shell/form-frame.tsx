"use client";
import { type ReactNode, useId } from "react";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { Dialog } from "../ui/dialog";
import { Problem } from "./problem";

type FormFrameProps = {
  id?: string;
  label?: string;
  /** Fields side by side where there is room. */
  columns?: boolean;
  className?: string;
  onSubmit: () => void;
  children: ReactNode;
};

/** A form whose fields stand under or beside each other. What spans both columns says so itself. */
export function FormFrame({ id, label, columns = false, className, onSubmit, children }: FormFrameProps) {
  return (
    <form
      id={id}
      aria-label={label}
      className={cn(columns ? "grid gap-3 sm:grid-cols-2" : "flex flex-col gap-3", className)}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
    </form>
  );
}

/** How a form is sent: what its button says, also while it is on its way, and why it was refused. */
export type Submission = { name: string; pendingName: string; isPending: boolean; error: unknown; canSend?: boolean };

type FormEndProps = Submission & { onCancel: () => void };

/** The end of a form that stands in a dialog with nothing else: its error, and a way out and on. */
export function FormEnd({ name, pendingName, isPending, error, canSend = true, onCancel }: FormEndProps) {
  return (
    <>
      {error != null && <Problem error={error} className="m-0" />}
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button tone="primary" type="submit" disabled={isPending || !canSend}>
          {isPending ? pendingName : name}
        </Button>
      </div>
    </>
  );
}

type FormDialogProps = {
  open?: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  columns?: boolean;
  submission: Submission;
  onSubmit: () => void;
  /** Beside the button that sends it. */
  actions?: ReactNode;
  /** Under the form. */
  note?: ReactNode;
  children: ReactNode;
};

/** A dialog that is one form, longer than the screen if need be: its button stays in sight. */
export function FormDialog(props: FormDialogProps) {
  const { open = true, onOpenChange, title, description, columns = false, onSubmit, actions, note, children } = props;
  const { name, pendingName, isPending, error, canSend = true } = props.submission;
  const form = useId();
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={title}
      description={description}
      footer={
        <>
          {actions}
          <Button tone="primary" type="submit" form={form} disabled={isPending || !canSend}>
            {isPending ? pendingName : name}
          </Button>
        </>
      }
    >
      <FormFrame id={form} columns={columns} className="p-4" onSubmit={onSubmit}>
        {children}
      </FormFrame>
      {note}
      {error != null && <Problem error={error} />}
    </Dialog>
  );
}
