import { VendorError } from '../error.ts';

/** What Jira did not do. */
export class JiraError extends VendorError {}
