import { createPrivateKey, type KeyObject, randomUUID, sign } from 'node:crypto';

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
/** Auth accepts ten minutes: half of that leaves as much to a clock that is fast as to one that is slow. */
const ASSERTION_LIFE_SECONDS = 300;

/** The private half of a key whose public half the client registered: Ed25519, P-256 or RSA. */
export interface ClientKey {
  /** PEM (PKCS #8), or a private Node key. */
  readonly key: string | KeyObject;
  /** Sent in the assertion's header; without one, auth tries each registered key of that algorithm. */
  readonly kid?: string;
}

/** How a client proves who it is: its secret (`client_secret_basic`; RFC 6749, section 2.3.1) or a key (`private_key_jwt`; RFC 7523). */
export type ClientProof = { readonly clientSecret: string } | { readonly privateKey: ClientKey };

export interface ProvenRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly form: Readonly<Record<string, string>>;
}

/** The headers and form fields that authenticate the client in a token request. An assertion is good once, so each request gets its own. */
export function proveClient(clientId: string, proof: ClientProof, issuer: string): ProvenRequest {
  if ('clientSecret' in proof) return { headers: { authorization: basic(clientId, proof.clientSecret) }, form: {} };
  return {
    headers: {},
    form: { client_assertion_type: JWT_BEARER, client_assertion: createAssertion(clientId, proof.privateKey, issuer) },
  };
}

/** RFC 6749, section 2.3.1: both halves are form-encoded before they are joined. */
function basic(clientId: string, secret: string): string {
  return `Basic ${Buffer.from(`${formEncode(clientId)}:${formEncode(secret)}`).toString('base64')}`;
}

function formEncode(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

/** @throws Error when it can't sign an assertion */
export function checkKey(privateKey: ClientKey | undefined): void {
  if (privateKey?.key === undefined) throw new Error('clientSecret or privateKey: { key } is missing');
  try {
    const key = parseKey(privateKey);
    algorithmOf(key);
    if (key.type !== 'private') throw new Error('It is a public key.');
  } catch (cause) {
    throw new Error('privateKey.key must be an Ed25519, P-256 or RSA private key, in PEM or as a Node KeyObject', { cause });
  }
}

function parseKey({ key }: ClientKey): KeyObject {
  return typeof key === 'string' ? createPrivateKey(key) : key;
}

/** RFC 7523, section 3: for one server, one use and a few minutes. Without `iat`, which by a fast clock would lie in the future. */
function createAssertion(clientId: string, clientKey: ClientKey, issuer: string): string {
  const { kid } = clientKey;
  const privateKey = parseKey(clientKey);
  const { alg, digest } = algorithmOf(privateKey);
  const exp = Math.floor(Date.now() / 1000) + ASSERTION_LIFE_SECONDS;
  const claims = { iss: clientId, sub: clientId, aud: issuer, jti: randomUUID(), exp };
  const signed = `${encode({ alg, typ: 'JWT', kid })}.${encode(claims)}`;
  const signature = sign(digest, Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

function algorithmOf({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): { alg: string; digest: string | null } {
  if (type === 'ed25519') return { alg: 'EdDSA', digest: null };
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return { alg: 'ES256', digest: 'sha256' };
  if (type === 'rsa') return { alg: 'RS256', digest: 'sha256' };
  throw new Error('privateKey must be Ed25519, P-256 or RSA.');
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
