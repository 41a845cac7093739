/** The functions of the kernel that `src/scan/kernel.ts` may call. Addresses are offsets in the kernel's memory. */
export { encodeBase64 } from './base64';
export { beginCheck, checkPart } from './check';
export { beginVerify, verifyEntity } from './entity';
export { beginExcerpts } from './excerpt';
export { scanElements } from './elements';
export { addExcerpted, addUnique } from './keys';
export { countNewlines, scanLines } from './lines';
export { beginMembers, wantMember } from './members';
export { addRule, beginProject, projectEntities, projectedEnd } from './project';
export { beginRows } from './rows';
export { clearSelection, select, wantAll } from './selection';
export { skipValue } from './skip';
export { beginTable, isNearLayout, rowsEnd, setLayouts, writeRows } from './table';
