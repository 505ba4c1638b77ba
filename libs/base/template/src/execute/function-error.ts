/** What a function of a template refuses; the caller adds where. */
export class FunctionError extends Error {}
