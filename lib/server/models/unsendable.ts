/** Why a request can't be put to a model at all, in a sentence for who asked: nobody was asked, and nobody refused. */
export class UnsendableError extends Error {}
