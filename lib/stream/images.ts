import type { ApprovalDecision, ContentPart, ImagePart, Message, Part } from "./message";

/** The images of a message: said, returned by tools, or returned by the client for a tool. */
export function imagesOf(message: Pick<Message, "parts">): ImagePart[] {
  return message.parts.flatMap((part) => {
    if (part.type === "image") return [part];
    if (part.type === "tool_return") return imagesIn(part.content);
    return part.type === "approval" ? decisionImages(part.decision) : [];
  });
}

function imagesIn(content: string | readonly ContentPart[]): ImagePart[] {
  return typeof content === "string" ? [] : content.filter((part) => part.type === "image");
}

function decisionImages(decision: ApprovalDecision): ImagePart[] {
  return decision.type === "tool" ? imagesIn(decision.content) : [];
}

/** The message with other images in the place of its own; the same object where it has none. */
export function mapImages(message: Message, change: (image: ImagePart) => ContentPart): Message {
  if (imagesOf(message).length === 0) return message;
  return { ...message, parts: message.parts.map((part) => mapPart(part, change)) };
}

function mapPart(part: Part, change: (image: ImagePart) => ContentPart): Part {
  if (part.type === "image") return change(part);
  if (part.type === "tool_return") return { ...part, content: mapContent(part.content, change) };
  return part.type === "approval" ? { ...part, decision: mapDecision(part.decision, change) } : part;
}

function mapContent(content: string | ContentPart[], change: (image: ImagePart) => ContentPart) {
  return typeof content === "string" ? content : content.map((part) => (part.type === "image" ? change(part) : part));
}

export function mapDecision(decision: ApprovalDecision, change: (image: ImagePart) => ContentPart): ApprovalDecision {
  return decision.type === "tool" ? { ...decision, content: mapContent(decision.content, change) } : decision;
}
