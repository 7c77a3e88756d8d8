export { quotable } from './bearer-challenge.ts';
export { fieldFault, notForCookie, rateLimited } from './common-problems.ts';
export { FRESH_SECONDS } from './fresh.ts';
export { Problem, type ProblemDocument, problemDocument, problemHeaders, type SchemaFault } from './problem.ts';
export { StartError } from './start-error.ts';
export { PROBLEMS, type ProblemCode } from './table.ts';
