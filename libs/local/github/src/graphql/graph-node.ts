/** An object of the schema: fields are values, or functions of their arguments, called only when asked for. */
export type GraphNode = Record<string, unknown> & { __typename: string };
