import { hexSigner, plainTokens } from '../../../test/contract/proofs.ts';
import { sourceContract } from '../../../test/contract/sources.ts';
import { jira } from './index.ts';

sourceContract(jira, import.meta.dirname, { signers: [hexSigner('X-Hub-Signature')], tokens: plainTokens });
