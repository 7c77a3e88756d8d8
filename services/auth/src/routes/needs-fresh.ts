import { FRESH_SECONDS } from '@countersign/problems';

export const NEEDS_FRESH = `The password must have been entered within the last ${FRESH_SECONDS} s, at sign-in or with \`POST /reauthenticate\`.`;
