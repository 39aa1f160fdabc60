/** What is wrong with a source, in words for who wrote it; `type` is its language's name for the kind of error. */
export class SourceError extends Error {
  readonly type: string;
  constructor(message: string, type = "SyntaxError") {
    super(message);
    this.type = type;
  }
}
