import { VendorError, type VendorErrorKind } from '../error.ts';

export type GithubErrorKind = VendorErrorKind;

/** What GitHub did not do. */
export class GithubError extends VendorError {}
