/** A failure whose message says what to do about it; shown without a stack. */
export class SetupError extends Error {}
