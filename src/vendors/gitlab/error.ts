import { VendorError } from '../error.ts';

/** What GitLab did not do. */
export class GitlabError extends VendorError {}
