import { FRESH_SECONDS } from '@countersign/problems';

export const NEEDS_FRESH = `The password must have been proved within the last ${FRESH_SECONDS} s: \`POST /reauthenticate\`.`;
