import type { Administrator } from '../administrator.ts';
import type { Audit } from '../audit.ts';
import type { RecordKeyChange } from './key-steps.ts';
import type { SigningKeyRecord } from './signing-key-store.ts';

export interface ChangeKeysPorts {
  readonly audit: Audit;
  readonly keys: {
    rotate(record: RecordKeyChange): Promise<SigningKeyRecord>;
    kill(kid: string, record: RecordKeyChange): Promise<boolean>;
  };
}

/** @returns the key that signs from now on, or from its `signableAt` on */
export function rotateKeysByAdmin({ keys, audit }: ChangeKeysPorts, by: Administrator): Promise<SigningKeyRecord> {
  return keys.rotate((tx, { kid, state }) => audit.record(tx, { ...by, event: 'keys_rotated', subject: kid, details: { state } }));
}

/** @returns `false` when there is no such key */
export function killKeyByAdmin({ keys, audit }: ChangeKeysPorts, kid: string, by: Administrator): Promise<boolean> {
  return keys.kill(kid, (tx) => audit.record(tx, { ...by, event: 'key_killed', subject: kid }));
}
