import { plainTokens } from '../../../test/contract/proofs.ts';
import { sourceContract } from '../../../test/contract/sources.ts';
import { jenkins } from './index.ts';

sourceContract(jenkins, import.meta.dirname, { tokens: plainTokens });
