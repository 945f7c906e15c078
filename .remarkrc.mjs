import remarkValidateLinks from 'remark-validate-links';

/** Links between the pages, and to their headings, must lead somewhere. */
export default { plugins: [[remarkValidateLinks, { repository: false }]] };
