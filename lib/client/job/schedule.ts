import type { Firing, Schedule } from "../api/wire";

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const two = (text: string) => text.padStart(2, "0");
const isNumber = (text: string) => /^\d{1,2}$/.test(text);

/**
 * A cron expression in words where it is one of the usual ones: hourly, daily, on working days, weekly, monthly; otherwise
 * the expression itself.
 */
export function describeCron(expression: string): string {
  const fields = expression.trim().split(/\s+/);
  const [minute = "", hour = "", day = "", month = "", weekday = ""] = fields;
  const every = /^\*\/(\d{1,2})$/.exec(minute)?.[1];
  if (fields.length !== 5 || month !== "*") return expression;
  if (every && hour === "*" && day === "*" && weekday === "*") return `every ${every} minutes`;
  if (!isNumber(minute))
    return minute === "*" && hour === "*" && day === "*" && weekday === "*" ? "every minute" : expression;
  if (hour === "*") return day === "*" && weekday === "*" ? `every hour at :${two(minute)}` : expression;
  if (!isNumber(hour)) return expression;
  const at = `at ${two(hour)}:${two(minute)}`;
  if (day === "*" && weekday === "*") return `every day ${at}`;
  if (day === "*" && weekday === "1-5") return `on working days ${at}`;
  if (day === "*" && /^[0-7]$/.test(weekday)) return `every ${DAYS[Number(weekday) % 7]} ${at}`;
  if (isNumber(day) && weekday === "*") return `on day ${day} of each month ${at}`;
  return expression;
}

/** Whether a firing still waits to be sent, or its run goes on. */
export function isUnderWay({ run_status, error }: Firing): boolean {
  return run_status === null ? error === null : run_status === "created" || run_status === "running";
}

/** The words of a schedule's first message. */
export function messageText({ message }: Schedule): string {
  const content = message.messages[0]?.content;
  if (typeof content === "string") return content;
  return (content ?? []).map((part) => ("text" in part && typeof part.text === "string" ? part.text : "…")).join(" ");
}

/** A time for an `<input type="datetime-local">`, on the browser's clock. */
export function toLocalInput(date: Date): string {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
