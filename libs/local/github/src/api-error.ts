/** A refusal in GitHub's words: what REST answers, the pages show, and GraphQL lists. */
export class ApiError extends Error {
  readonly status: number;
  readonly problems: readonly object[];

  constructor(status: number, message: string, problems: readonly object[] = []) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.problems = problems;
  }
}

export function notFound(): ApiError {
  return new ApiError(404, 'Not Found');
}

/** 422 in GitHub's shape: which resource and field, and why. */
export function invalid(resource: string, field: string, message: string, code = 'custom'): ApiError {
  return new ApiError(422, 'Validation Failed', [{ resource, field, code, message }]);
}
