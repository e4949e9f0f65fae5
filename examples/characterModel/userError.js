/** A mistake that the user can mend: main.js prints its message alone, and exits with code 1. */
export class UserError extends Error {}
