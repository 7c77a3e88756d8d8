import { FRESH_SECONDS } from '@countersign/problems';

/** For the description of a route that `requireFresh` guards. */
export const NEEDS_FRESH = `The password must have been proved within the last ${FRESH_SECONDS} s: \`POST /reauthenticate\`.`;
